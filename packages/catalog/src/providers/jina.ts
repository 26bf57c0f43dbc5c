import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'
import { chatCompletionsReport, type TokenReport } from '../usage.ts'

const total = (path: string): TokenReport => ({
  path,
  counts: { input: '$.usage.total_tokens' },
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  stream: null,
})

/** Jina: Bearer. Its readers fetch any address that stands in the path or in the body. */
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
  dangerous: [
    { method: '*', path: '/**', class: 'exfil', why: 'fetches an address of choice', host: 'r.jina.ai' },
    { method: '*', path: '/extract-pdf', class: 'exfil', why: 'fetches an address of choice', host: 'svip.jina.ai' },
    { method: 'POST', path: '/v1/**', class: 'exfil', why: 'can fetch an address of choice', host: 'mcp.jina.ai' },
    {
      method: 'POST',
      path: '/v1/batch/embeddings',
      class: 'spend',
      why: 'bulk work whose cost no live response shows',
      host: 'api.jina.ai',
    },
    { method: 'POST', path: '/v1/train', class: 'spend', why: 'trains a classifier', host: 'api.jina.ai' },
    {
      method: 'DELETE',
      path: '/v1/classifiers/*',
      class: 'destructive',
      why: 'deletes a classifier',
      host: 'api.jina.ai',
    },
  ],
  usage: {
    kind: 'tokens',
    model: '$.model',
    reports: [total('/v1/embeddings'), total('/v1/rerank'), chatCompletionsReport('/v1/chat/completions')],
  },
  probe: { method: 'GET', host: 'api.jina.ai', path: '/v1/batches' },
  documentation: 'https://jina.ai/reader/',
  sources: ['api.jina.ai OpenAPI, in tryAGI/Jina', 'jina-ai/MCP src', 'jina-ai/reader', 'noseyparker'],
  lastChecked: '2026-11-23',
}
