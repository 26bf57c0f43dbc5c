import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Z.ai: Bearer, on one host for each region. */
export const zai: Provider = {
  id: 'zai',
  name: 'Z.ai',
  category: 'llm',
  variables: ['ZAI_API_KEY', 'ZHIPUAI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'ZAI_BASE_URL', safeToRedirect: true, path: '/api/paas/v4' }],
  hosts: [
    { host: 'api.z.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'open.bigmodel.cn', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [],
  dangerous: [
    {
      method: 'POST',
      path: '/api/paas/v4/batches',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
    },
    { method: 'POST', path: '/api/paas/v4/videos/generations', class: 'spend', why: 'generates video' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/api/paas/v4/chat/completions')] },
  probe: null,
  documentation: 'https://docs.z.ai',
  sources: ['zai-org/z-ai-sdk-python', 'betterleaks'],
  lastChecked: '2026-11-23',
}
