import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** MiniMax: one host, Bearer. Its keys are JSON Web Tokens, which say nothing about who issued them. */
export const minimax: Provider = {
  id: 'minimax',
  name: 'MiniMax',
  category: 'llm',
  variables: ['MINIMAX_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.minimax.io', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.minimax.io', path: '/v1/models' },
  documentation: 'https://platform.minimax.io/docs',
  sources: ['vercel/ai', 'betterleaks'],
  lastChecked: '2026-11-22',
}
