import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** xAI: Bearer, for gRPC and for HTTP. Keys of the management API belong to another host. */
export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  category: 'llm',
  variables: ['XAI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [{ host: 'api.x.ai', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'xai-', /^xai-[A-Za-z0-9_-]{70,120}$/)],
  dangerous: [],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions', false)] },
  probe: { method: 'GET', host: 'api.x.ai', path: '/v1/api-key' },
  sources: ['xai-org/xai-sdk-python', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
