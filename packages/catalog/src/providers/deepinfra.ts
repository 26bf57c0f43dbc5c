import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** DeepInfra: one host, Bearer. */
export const deepinfra: Provider = {
  id: 'deepinfra',
  name: 'DeepInfra',
  category: 'llm',
  variables: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.deepinfra.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/openai/chat/completions')] },
  probe: null,
  documentation: 'https://deepinfra.com/docs',
  sources: ['vercel/ai', 'NVIDIA/OpenShell'],
  lastChecked: '2026-11-22',
}
