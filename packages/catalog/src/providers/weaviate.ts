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
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://docs.weaviate.io',
  sources: ['weaviate/typescript-client'],
  lastChecked: '2026-11-22',
}
