import type { Provider } from '../provider.ts'

/** Weaviate Cloud: Bearer. Each cluster has a host of its own. */
export const weaviate: Provider = {
  id: 'weaviate',
  name: 'Weaviate Cloud',
  category: 'database',
  variables: ['WEAVIATE_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'WEAVIATE_URL', safeToRedirect: false, path: '' }],
  hosts: [
    { host: '*.weaviate.cloud', injectors: [{ kind: 'bearer' }], perTenant: true },
    { host: '*.weaviate.network', injectors: [{ kind: 'bearer' }], perTenant: true },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'DELETE', path: '/v1/schema/*', class: 'destructive', why: 'deletes a collection' },
    { method: 'DELETE', path: '/v1/batch/objects', class: 'destructive', why: 'deletes many objects' },
    { method: '*', path: '/v1/authz/**', class: 'admin', why: 'roles' },
    { method: '*', path: '/v1/users/**', class: 'credentials', why: 'users and their keys' },
    { method: 'DELETE', path: '/v1/schema/*/tenants', class: 'destructive', why: 'deletes the data of tenants' },
    { method: 'DELETE', path: '/v1/objects/**', class: 'destructive', why: 'deletes an object' },
    { method: 'DELETE', path: '/v1/schema/*/vectors/*/index', class: 'destructive', why: 'deletes an index' },
    { method: 'DELETE', path: '/v1/schema/*/properties/*/index/*', class: 'destructive', why: 'deletes an index' },
    { method: 'DELETE', path: '/v1/namespaces/*', class: 'destructive', why: 'deletes a namespace' },
    { method: 'POST', path: '/v1/namespaces/*/suspend', class: 'destructive', why: 'takes a namespace down' },
    { method: 'POST', path: '/v1/backups/*/*/restore', class: 'destructive', why: 'puts older data back' },
    { method: 'POST', path: '/v1/backups/*', class: 'exfil', why: 'copies all data elsewhere' },
    { method: 'POST', path: '/v1/export/*', class: 'exfil', why: 'copies data elsewhere' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: '*.weaviate.cloud', path: '/v1/meta' },
  documentation: 'https://docs.weaviate.io',
  sources: ['weaviate/weaviate openapi-specs', 'weaviate/typescript-client'],
  lastChecked: '2026-11-23',
}
