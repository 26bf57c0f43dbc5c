import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Jina: Bearer. Its readers fetch any address that stands in the path. */
export const jina: Provider = {
  id: 'jina',
  name: 'Jina AI',
  category: 'search',
  variables: ['JINA_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.jina.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'r.jina.ai', injectors: [{ kind: 'bearer' }] },
    { host: 's.jina.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'deepsearch.jina.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'mcp.jina.ai', injectors: [{ kind: 'bearer' }] },
    { host: 'svip.jina.ai', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'jina_', /^jina_[A-Za-z0-9]{60}$/)],
  dangerous: [{ method: '*', path: '/**', class: 'exfil', why: 'fetches an address of choice', host: 'r.jina.ai' }],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [
      {
        path: '/v1/embeddings',
        counts: { input: '$.usage.total_tokens' },
        inputIncludesCache: true,
        outputIncludesReasoning: true,
        stream: null,
      },
    ],
  },
  probe: null,
  documentation: 'https://jina.ai/reader/',
  sources: ['jina-ai/MCP', 'noseyparker'],
  lastChecked: '2026-11-22',
}
