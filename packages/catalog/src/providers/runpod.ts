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
    { method: 'PUT', path: '/v2/account/ssh-keys', class: 'credentials', why: 'adds SSH keys', host: 'api.runpod.io' },
    { method: '*', path: '/v1/containerregistryauth/**', class: 'admin', why: 'logins to registries' },
    { method: 'POST', path: '/v1/endpoints', class: 'spend', why: 'rents machines' },
    { method: 'PATCH', path: '/v1/endpoints/*', class: 'spend', why: 'can enlarge what is rented' },
    { method: 'POST', path: '/v1/endpoints/*/update', class: 'spend', why: 'can enlarge what is rented' },
    { method: 'POST', path: '/v1/pods/*/start', class: 'spend', why: 'rents a machine' },
    { method: 'POST', path: '/v1/networkvolumes', class: 'spend', why: 'rents a disk' },
    { method: 'PATCH', path: '/v1/pods/*', class: 'admin', why: 'changes what a machine runs' },
    { method: 'POST', path: '/v1/pods/*/update', class: 'admin', why: 'changes what a machine runs' },
    { method: 'POST', path: '/v1/pods/*/stop', class: 'destructive', why: 'takes a machine down' },
    { method: 'POST', path: '/v1/pods/*/reset', class: 'destructive', why: 'empties a machine' },
    { method: 'DELETE', path: '/v1/endpoints/*', class: 'destructive', why: 'takes a service down' },
    { method: 'DELETE', path: '/v1/networkvolumes/*', class: 'destructive', why: 'deletes a disk' },
    { method: 'DELETE', path: '/v1/templates/*', class: 'destructive', why: 'deletes a template' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'rest.runpod.io', path: '/v1/pods' },
  documentation: 'https://docs.runpod.io/api-reference/overview',
  sources: ['runpod/docs openapi', 'betterleaks'],
  lastChecked: '2026-11-23',
}
