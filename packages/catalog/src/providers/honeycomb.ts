import type { Provider } from '../provider.ts'

/** Honeycomb: a header of its own, on one host for each region. */
export const honeycomb: Provider = {
  id: 'honeycomb',
  name: 'Honeycomb',
  category: 'observability',
  variables: ['HONEYCOMB_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'HONEYCOMB_API_ENDPOINT', safeToRedirect: true, path: '' }],
  hosts: [
    { host: 'api.honeycomb.io', injectors: [{ kind: 'header', name: 'X-Honeycomb-Team' }] },
    { host: 'api.eu1.honeycomb.io', injectors: [{ kind: 'header', name: 'X-Honeycomb-Team' }] },
  ],
  keyShapes: [],
  dangerous: [
    { method: '*', path: '/2/teams/*/api-keys/**', class: 'credentials', why: 'keys' },
    { method: 'DELETE', path: '/1/boards/*', class: 'destructive', why: 'removes a board' },
    { method: 'DELETE', path: '/1/triggers/*/*', class: 'destructive', why: 'removes an alert' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.honeycomb.io', path: '/1/auth' },
  documentation: 'https://docs.honeycomb.io/api/',
  sources: ['betterleaks'],
  lastChecked: '2026-11-22',
}
