import type { Provider } from '../provider.ts'

/** Upstash: Bearer, or a parameter, on the host of each database; Bearer for queues; a Basic pair with an e-mail address for management. */
export const upstash: Provider = {
  id: 'upstash',
  name: 'Upstash',
  category: 'database',
  variables: [
    'UPSTASH_REDIS_REST_TOKEN',
    'KV_REST_API_TOKEN',
    'QSTASH_TOKEN',
    'UPSTASH_VECTOR_REST_TOKEN',
    'UPSTASH_API_KEY',
  ],
  companionVariables: ['UPSTASH_EMAIL'],
  baseUrlVariables: [
    { name: 'UPSTASH_REDIS_REST_URL', safeToRedirect: false, path: '' },
    { name: 'KV_REST_API_URL', safeToRedirect: false, path: '' },
    { name: 'QSTASH_URL', safeToRedirect: true, path: '' },
    { name: 'UPSTASH_VECTOR_REST_URL', safeToRedirect: false, path: '' },
  ],
  hosts: [
    { host: 'qstash.upstash.io', injectors: [{ kind: 'bearer' }] },
    { host: 'api.upstash.com', injectors: [{ kind: 'basic', as: 'password' }] },
    { host: '*.upstash.io', injectors: [{ kind: 'bearer' }, { kind: 'query', name: '_token' }], perTenant: true },
  ],
  keyShapes: [],
  dangerous: [
    {
      method: 'DELETE',
      path: '/v2/redis/database/*',
      class: 'destructive',
      why: 'deletes a database',
      host: 'api.upstash.com',
    },
    {
      method: 'POST',
      path: '/v2/redis/reset-password/*',
      class: 'credentials',
      why: 'replaces a password',
      host: 'api.upstash.com',
    },
    { method: '*', path: '/flushall', class: 'destructive', why: 'empties a database', host: '*.upstash.io' },
    { method: '*', path: '/flushdb', class: 'destructive', why: 'empties a database', host: '*.upstash.io' },
    { method: 'POST', path: '/', class: 'destructive', why: 'runs any command of Redis', host: '*.upstash.io' },
    {
      method: 'POST',
      path: '/pipeline',
      class: 'destructive',
      why: 'runs any commands of Redis',
      host: '*.upstash.io',
    },
    { method: 'POST', path: '/v2/publish/**', class: 'exfil', why: 'has any URL called from outside' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://upstash.com/docs',
  sources: ['upstash/redis-js', 'upstash/qstash-js', 'upstash/mcp-server http.ts'],
  lastChecked: '2026-11-22',
}
