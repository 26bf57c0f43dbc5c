import type { Provider } from '../provider.ts'

/** Cohere: Bearer. Its keys have no public prefix. */
export const cohere: Provider = {
  id: 'cohere',
  name: 'Cohere',
  category: 'llm',
  variables: ['CO_API_KEY', 'COHERE_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'CO_API_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: 'api.cohere.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.cohere.ai', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/v1/finetuning/finetuned-models', class: 'spend', why: 'trains a model' },
    { method: 'DELETE', path: '/v1/datasets/*', class: 'destructive', why: 'deletes a data set' },
    { method: 'DELETE', path: '/v1/connectors/*', class: 'destructive', why: 'removes a connector' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.cohere.com', path: '/v1/connectors' },
  documentation: 'https://docs.cohere.com/reference/about',
  sources: ['cohere-ai/cohere-typescript', 'gitleaks', 'betterleaks'],
  lastChecked: '2026-11-22',
}
