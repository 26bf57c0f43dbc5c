import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Voyage: Bearer. Clients choose the host by the beginning of the key. */
export const voyage: Provider = {
  id: 'voyage',
  name: 'Voyage AI',
  category: 'llm',
  variables: ['VOYAGE_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.voyageai.com', injectors: [{ kind: 'bearer' }] },
    { host: 'ai.mongodb.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    prefixedShape('API key', 'pa-', /^pa-[A-Za-z0-9_-]{43}$/),
    prefixedShape('MongoDB key', 'al-', /^al-[A-Za-z0-9_-]{43}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      {
        path: '/v1/*',
        counts: { input: '$.usage.total_tokens' },
        inputIncludesCache: true,
        outputIncludesReasoning: true,
        stream: null,
      },
    ],
  },
  probe: {
    method: 'GET',
    host: 'api.voyageai.com',
    path: '/v1/files',
    others: [{ method: 'GET', host: 'ai.mongodb.com', path: '/v1/files' }],
  },
  documentation: 'https://docs.voyageai.com/docs/api-key-and-installation',
  sources: ['voyage-ai/openapi', 'voyage-ai/voyageai-python', 'docs.voyageai.com batch-inference', 'kingfisher'],
  lastChecked: '2026-11-23',
}
