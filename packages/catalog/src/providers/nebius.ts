import type { Provider } from '../provider.ts'
import { chatCompletionsReport } from '../usage.ts'

/** Nebius: Bearer, on the present host, on those of its regions, and on the one that older clients have. */
export const nebius: Provider = {
  id: 'nebius',
  name: 'Nebius Token Factory',
  category: 'llm',
  variables: ['NEBIUS_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.tokenfactory.nebius.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.tokenfactory.eu-west1.nebius.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.tokenfactory.us-central1.nebius.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.studio.nebius.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/v0/dedicated_endpoints', class: 'spend', why: 'rents a deployment' },
    { method: 'PATCH', path: '/v0/dedicated_endpoints/*', class: 'spend', why: 'can enlarge a deployment' },
    { method: 'POST', path: '/v1/fine_tuning/jobs', class: 'spend', why: 'trains a model' },
    { method: 'POST', path: '/v1/batches', class: 'spend', why: 'bulk work whose cost no live response shows' },
    { method: 'DELETE', path: '/v0/dedicated_endpoints/*', class: 'destructive', why: 'removes a deployment' },
    { method: 'DELETE', path: '/v0/models/**', class: 'destructive', why: 'deletes a model' },
    { method: 'DELETE', path: '/v1/files/*', class: 'destructive', why: 'deletes a file' },
  ],
  usage: { kind: 'tokens', model: '$.model', reports: [chatCompletionsReport('/v1/chat/completions')] },
  probe: { method: 'GET', host: 'api.tokenfactory.nebius.com', path: '/v0/dedicated_endpoints' },
  documentation: 'https://docs.tokenfactory.nebius.com/api-reference/introduction',
  sources: ['docs.tokenfactory.nebius.com', 'nebius/token-factory-cookbook', 'docker/sbx'],
  lastChecked: '2026-11-23',
}
