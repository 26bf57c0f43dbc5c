import type { Provider } from '../provider.ts'

/** Qdrant Cloud: a header of its own, or Bearer. Each cluster has a host of its own, and a port beside 443. */
export const qdrant: Provider = {
  id: 'qdrant',
  name: 'Qdrant Cloud',
  category: 'database',
  variables: ['QDRANT_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'QDRANT_URL', safeToRedirect: false, path: '' },
    { name: 'QDRANT_HOST', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'api.cloud.qdrant.io', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'apikey ' }] },
    {
      host: '*.cloud.qdrant.io',
      injectors: [{ kind: 'header', name: 'api-key' }, { kind: 'bearer' }],
      perTenant: true,
    },
  ],
  keyShapes: [],
  dangerous: [
    {
      method: 'DELETE',
      path: '/collections/*',
      class: 'destructive',
      why: 'deletes a collection',
      host: '*.cloud.qdrant.io',
    },
    {
      method: 'POST',
      path: '/collections/*/points/delete',
      class: 'destructive',
      why: 'deletes points',
      host: '*.cloud.qdrant.io',
    },
    {
      method: 'DELETE',
      path: '/collections/*/snapshots/*',
      class: 'destructive',
      why: 'deletes a backup',
      host: '*.cloud.qdrant.io',
    },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://qdrant.tech/documentation/cloud/authentication/',
  sources: ['qdrant/qdrant-js'],
  lastChecked: '2026-11-22',
}
