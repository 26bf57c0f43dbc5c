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
    { method: 'DELETE', path: '/1/datasets/*', class: 'destructive', why: 'deletes a data set' },
    { method: 'DELETE', path: '/1/slos/*/*', class: 'destructive', why: 'removes a goal' },
    { method: 'DELETE', path: '/1/burn_alerts/*/*', class: 'destructive', why: 'removes an alert' },
    { method: 'DELETE', path: '/1/columns/*/*', class: 'destructive', why: 'deletes a column' },
    { method: 'DELETE', path: '/1/derived_columns/*/*', class: 'destructive', why: 'deletes a column' },
    { method: 'DELETE', path: '/1/recipients/*', class: 'destructive', why: 'removes who gets alerts' },
    { method: 'POST', path: '/1/recipients', class: 'exfil', why: 'sends alerts to a URL of choice' },
    { method: 'PUT', path: '/1/recipients/*', class: 'exfil', why: 'sends alerts to a URL of choice' },
    { method: 'DELETE', path: '/2/teams/*/environments/*', class: 'destructive', why: 'deletes an environment' },
  ],
  usage: { kind: 'none' },
  probe: {
    method: 'GET',
    host: 'api.honeycomb.io',
    path: '/1/auth',
    others: [{ method: 'GET', host: 'api.eu1.honeycomb.io', path: '/1/auth' }],
  },
  documentation: 'https://docs.honeycomb.io/api/',
  sources: ['honeycombio/terraform-provider-honeycombio client', 'betterleaks'],
  lastChecked: '2026-11-23',
}
