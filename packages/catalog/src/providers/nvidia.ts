import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** NVIDIA’s hosted models: one host, Bearer. */
export const nvidia: Provider = {
  id: 'nvidia',
  name: 'NVIDIA',
  category: 'llm',
  variables: ['NVIDIA_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'integrate.api.nvidia.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'nvapi-', /^nvapi-[A-Za-z0-9_-]{60,70}$/)],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: null,
  documentation: 'https://docs.api.nvidia.com',
  sources: ['NVIDIA/OpenShell', 'trufflehog'],
  lastChecked: '2026-11-22',
}
