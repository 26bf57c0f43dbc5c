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
    { method: 'POST', path: '/v2/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'POST', path: '/v1/embed-jobs', class: 'spend', why: 'embeds a whole data set' },
    { method: 'POST', path: '/v1/connectors', class: 'exfil', why: 'sends queries to a URL of choice' },
    { method: 'PATCH', path: '/v1/connectors/*', class: 'exfil', why: 'sends queries to a URL of choice' },
    {
      method: 'DELETE',
      path: '/v1/finetuning/finetuned-models/*',
      class: 'destructive',
      why: 'deletes a trained model',
    },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.cohere.com', path: '/v1/models' },
  documentation: 'https://docs.cohere.com/reference/about',
  sources: ['cohere-ai/cohere-typescript', 'gitleaks', 'betterleaks'],
  lastChecked: '2026-11-23',
}
