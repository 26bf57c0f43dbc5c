import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Moonshot: Bearer, on two hosts. Its keys look like those of other services. */
export const moonshot: Provider = {
  id: 'moonshot',
  name: 'Moonshot AI',
  category: 'llm',
  variables: ['MOONSHOT_API_KEY', 'KIMI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.moonshot.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'api.moonshot.cn', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'sk-', /^sk-[A-Za-z0-9]{48}$/)],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.moonshot.ai', path: '/v1/models' },
  documentation: 'https://platform.moonshot.ai/docs',
  sources: ['vercel/ai', 'betterleaks'],
  lastChecked: '2026-11-22',
}
