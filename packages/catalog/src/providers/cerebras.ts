import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Cerebras: one host, Bearer. */
export const cerebras: Provider = {
  id: 'cerebras',
  name: 'Cerebras',
  category: 'llm',
  variables: ['CEREBRAS_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'CEREBRAS_BASE_URL', safeToRedirect: true, path: '' }],
  hosts: [{ host: 'api.cerebras.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'csk-', /^csk-[a-z0-9]{48}$/)],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.cerebras.ai', path: '/v1/models' },
  documentation: 'https://inference-docs.cerebras.ai/api-reference',
  sources: ['Cerebras/cerebras-cloud-sdk-node src/index.ts, api.md', 'vercel/ai', 'betterleaks'],
  lastChecked: '2026-11-23',
}
