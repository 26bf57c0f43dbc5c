import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** NVIDIA’s hosted models: Bearer, on a host for most models and one for the others; what takes long is asked for at a third. */
export const nvidia: Provider = {
  id: 'nvidia',
  name: 'NVIDIA',
  category: 'llm',
  variables: ['NVIDIA_API_KEY'],
  companionVariables: [],
  // Clients tell by it whether NVIDIA hosts the models.
  baseUrlVariables: [{ name: 'NVIDIA_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'integrate.api.nvidia.com', injectors: [{ kind: 'bearer' }] },
    { host: 'ai.api.nvidia.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.nvcf.nvidia.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'nvapi-', /^nvapi-[A-Za-z0-9_-]{60,70}$/)],
  dangerous: [
    {
      method: 'POST',
      path: '/v2/nvcf/authorizations/**',
      class: 'admin',
      why: 'lets other accounts call a function',
      host: 'api.nvcf.nvidia.com',
    },
    {
      method: 'PATCH',
      path: '/v2/nvcf/authorizations/**',
      class: 'admin',
      why: 'changes which accounts may call a function',
      host: 'api.nvcf.nvidia.com',
    },
    {
      method: 'PUT',
      path: '/v2/nvcf/secrets/**',
      class: 'admin',
      why: 'writes secrets of a function',
      host: 'api.nvcf.nvidia.com',
    },
    {
      method: 'POST',
      path: '/v2/nvcf/deployments/**',
      class: 'spend',
      why: 'rents a deployment',
      host: 'api.nvcf.nvidia.com',
    },
    {
      method: 'PUT',
      path: '/v2/nvcf/deployments/**',
      class: 'spend',
      why: 'can enlarge a deployment',
      host: 'api.nvcf.nvidia.com',
    },
    {
      method: 'DELETE',
      path: '/v2/nvcf/**',
      class: 'destructive',
      why: 'removes a function or its deployment',
      host: 'api.nvcf.nvidia.com',
    },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: null,
  documentation: 'https://docs.api.nvidia.com',
  sources: [
    'langchain-ai/langchain-nvidia libs/ai-endpoints',
    'nvidia-cloud-functions api.md',
    'NVIDIA/OpenShell',
    'trufflehog',
  ],
  lastChecked: '2026-11-23',
}
