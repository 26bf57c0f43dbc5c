import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** LangSmith: a header of its own, on one host for each region. */
export const langsmith: Provider = {
  id: 'langsmith',
  name: 'LangSmith',
  category: 'observability',
  variables: ['LANGSMITH_API_KEY', 'LANGCHAIN_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'LANGSMITH_ENDPOINT', safeToRedirect: true, path: '' },
    { name: 'LANGCHAIN_ENDPOINT', safeToRedirect: true, path: '' },
  ],
  hosts: [
    { host: 'api.smith.langchain.com', injectors: [{ kind: 'header', name: 'X-API-Key' }] },
    { host: 'eu.api.smith.langchain.com', injectors: [{ kind: 'header', name: 'X-API-Key' }] },
  ],
  keyShapes: [
    prefixedShape('personal token', 'lsv2_pt_', /^lsv2_pt_[0-9a-f]{32}_[0-9a-f]{10}$/),
    prefixedShape('service key', 'lsv2_sk_', /^lsv2_sk_[0-9a-f]{32}_[0-9a-f]{10}$/),
  ],
  dangerous: [
    { method: '*', path: '/api/v1/service-accounts/**', class: 'credentials', why: 'keys of service accounts' },
    { method: 'POST', path: '/api/v1/api-key/**', class: 'credentials', why: 'keys' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.smith.langchain.com', path: '/api/v1/api-key/current' },
  documentation: 'https://docs.langchain.com/langsmith/home',
  sources: ['trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
