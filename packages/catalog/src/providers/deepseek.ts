import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** DeepSeek: one host, Bearer. Its keys look like those of other services. */
export const deepseek: Provider = {
  id: 'deepseek',
  name: 'DeepSeek',
  category: 'llm',
  variables: ['DEEPSEEK_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.deepseek.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'sk-', /^sk-[a-z0-9]{32}$/)],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/chat/completions')] },
  probe: { method: 'GET', host: 'api.deepseek.com', path: '/user/balance' },
  documentation: 'https://api-docs.deepseek.com',
  sources: ['api-docs.deepseek.com', 'vercel/ai', 'trufflehog'],
  lastChecked: '2026-11-23',
}
