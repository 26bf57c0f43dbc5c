import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Z.ai: one host, Bearer. */
export const zai: Provider = {
  id: 'zai',
  name: 'Z.ai',
  category: 'llm',
  variables: ['ZAI_API_KEY', 'ZHIPUAI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.z.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/api/paas/v4/chat/completions')] },
  probe: null,
  documentation: 'https://docs.z.ai',
  sources: ['betterleaks'],
  lastChecked: '2026-11-22',
}
