import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Runpod: Bearer; its GraphQL host takes a parameter too. */
export const runpod: Provider = {
  id: 'runpod',
  name: 'Runpod',
  category: 'cloud',
  variables: ['RUNPOD_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'rest.runpod.io', injectors: [{ kind: 'bearer' }] },
    { host: 'api.runpod.io', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'api_key' }] },
    { host: 'api.runpod.ai', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'rpa_', /^rpa_[A-Z0-9]{40}[A-Za-z0-9]{6}$/)],
  dangerous: [
    { method: 'POST', path: '/v1/pods', class: 'spend', why: 'rents a machine' },
    { method: 'DELETE', path: '/v1/pods/*', class: 'destructive', why: 'deletes a machine' },
    {
      method: 'POST',
      path: '/graphql',
      class: 'spend',
      why: 'rents machines, and deletes them',
      host: 'api.runpod.io',
      body: { kind: 'graphql-mutation' },
    },
  ],
  usage: null,
  probe: null,
  documentation: 'https://docs.runpod.io/api-reference/overview',
  sources: ['betterleaks'],
  lastChecked: '2026-11-22',
}
