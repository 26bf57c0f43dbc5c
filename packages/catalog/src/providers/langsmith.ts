import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** LangSmith: a header of its own, on one host for each region. */
export const langsmith: Provider = {
  id: 'langsmith',
  name: 'LangSmith',
  category: 'observability',
  variables: ['LANGSMITH_API_KEY', 'LANGCHAIN_API_KEY'],
  companionVariables: ['LANGSMITH_WORKSPACE_ID', 'LANGSMITH_PROJECT'],
  baseUrlVariables: [
    { name: 'LANGSMITH_ENDPOINT', safeToRedirect: true, path: '' },
    { name: 'LANGCHAIN_ENDPOINT', safeToRedirect: true, path: '' },
  ],
  hosts: [
    { host: 'api.smith.langchain.com', injectors: [{ kind: 'header', name: 'X-API-Key' }] },
    { host: 'eu.api.smith.langchain.com', injectors: [{ kind: 'header', name: 'X-API-Key' }] },
    { host: 'apac.api.smith.langchain.com', injectors: [{ kind: 'header', name: 'X-API-Key' }] },
  ],
  keyShapes: [
    prefixedShape('personal token', 'lsv2_pt_', /^lsv2_pt_[0-9a-f]{32}_[0-9a-f]{10}$/),
    prefixedShape('service key', 'lsv2_sk_', /^lsv2_sk_[0-9a-f]{32}_[0-9a-f]{10}$/),
  ],
  dangerous: [
    { method: '*', path: '/api/v1/service-accounts/**', class: 'credentials', why: 'keys of service accounts' },
    { method: 'POST', path: '/api/v1/api-key/**', class: 'credentials', why: 'keys' },
    {
      method: 'POST',
      path: '/api/v1/feedback/tokens',
      class: 'credentials',
      why: 'makes an address that needs no key',
    },
    { method: 'GET', path: '/api/v1/workspaces/current/secrets', class: 'admin', why: 'names of stored keys' },
    { method: 'POST', path: '/api/v1/workspaces/current/secrets', class: 'admin', why: 'writes stored keys' },
    { method: 'PUT', path: '/api/v1/runs/*/share', class: 'exfil', why: 'makes a record public' },
    { method: 'PUT', path: '/api/v1/datasets/*/share', class: 'exfil', why: 'makes a data set public' },
    { method: 'DELETE', path: '/api/v1/sessions/*', class: 'destructive', why: 'deletes a project with its records' },
    { method: 'DELETE', path: '/api/v1/datasets/*', class: 'destructive', why: 'deletes a data set' },
    { method: 'DELETE', path: '/api/v1/repos/*/*', class: 'destructive', why: 'deletes a prompt' },
    { method: 'DELETE', path: '/api/v1/annotation-queues/*', class: 'destructive', why: 'deletes a queue' },
  ],
  usage: { kind: 'none' },
  probe: {
    method: 'GET',
    host: 'api.smith.langchain.com',
    path: '/api/v1/api-key/current',
    others: [
      { method: 'GET', host: 'eu.api.smith.langchain.com', path: '/api/v1/api-key/current' },
      { method: 'GET', host: 'apac.api.smith.langchain.com', path: '/api/v1/api-key/current' },
    ],
  },
  documentation: 'https://docs.langchain.com/langsmith/home',
  sources: ['langchain-ai/langsmith-sdk', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
