import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Together: Bearer, on the present host and on the one before. */
export const together: Provider = {
  id: 'together',
  name: 'Together AI',
  category: 'llm',
  variables: ['TOGETHER_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'TOGETHER_BASE_URL', safeToRedirect: true, path: '/v1' }],
  hosts: [
    { host: 'api.together.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'api.together.xyz', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'tgp_v1_', /^tgp_v1_[A-Za-z0-9_-]{43}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/fine-tunes', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/endpoints', class: 'spend', why: 'rents an endpoint' },
    { method: 'DELETE', path: '/v1/endpoints/*', class: 'destructive', why: 'removes an endpoint' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.together.xyz', path: '/v1/models' },
  documentation: 'https://docs.together.ai/reference',
  sources: ['togethercomputer/together-typescript src/client.ts', 'betterleaks'],
  lastChecked: '2026-11-22',
}
