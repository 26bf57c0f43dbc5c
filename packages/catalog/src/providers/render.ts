import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Render: one host, Bearer. Addresses of deploy hooks are secrets of another form, and are not covered. */
export const render: Provider = {
  id: 'render',
  name: 'Render',
  category: 'cloud',
  variables: ['RENDER_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'RENDER_HOST', safeToRedirect: false, path: '/v1/' }],
  hosts: [{ host: 'api.render.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'rnd_', /^rnd_[A-Za-z0-9]{28}$/)],
  dangerous: [
    { method: 'GET', path: '/v1/redis/*/connection-info', class: 'credentials', why: 'reads a password' },
    { method: 'GET', path: '/v1/key-value/*/connection-info', class: 'credentials', why: 'reads a password' },
    { method: 'GET', path: '/v1/postgres/*/connection-info', class: 'credentials', why: 'reads a password' },
    { method: 'GET', path: '/v1/services/*/env-vars', class: 'exfil', why: 'reads the secrets of a service' },
    { method: 'POST', path: '/v1/services', class: 'spend', why: 'rents a service' },
    { method: 'PUT', path: '/v1/services/*/env-vars', class: 'destructive', why: 'replaces all variables' },
    { method: 'DELETE', path: '/v1/services/*', class: 'destructive', why: 'deletes a service' },
    { method: 'POST', path: '/v1/services/*/suspend', class: 'destructive', why: 'takes a service down' },
    { method: 'DELETE', path: '/v1/postgres/*', class: 'destructive', why: 'deletes a database' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.render.com', path: '/v1/services?limit=1' },
  documentation: 'https://render.com/docs/api',
  sources: ['render-oss/cli', 'betterleaks'],
  lastChecked: '2026-11-22',
}
