import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Neon’s management API: one host, Bearer. Databases themselves are no part of it. */
export const neon: Provider = {
  id: 'neon',
  name: 'Neon',
  category: 'database',
  variables: ['NEON_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'NEON_API_HOST', safeToRedirect: false, path: '/api/v2' }],
  hosts: [{ host: 'console.neon.tech', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 'napi_', /^napi_[A-Za-z0-9]{60,64}$/)],
  dangerous: [
    {
      method: 'POST',
      path: '/api/v2/projects/*/branches/*/roles/*/reset_password',
      class: 'credentials',
      why: 'makes a password',
    },
    {
      method: 'GET',
      path: '/api/v2/projects/*/branches/*/roles/*/reveal_password',
      class: 'credentials',
      why: 'reads a password',
    },
    { method: '*', path: '/api/v2/api_keys/**', class: 'credentials', why: 'keys' },
    { method: 'GET', path: '/api/v2/projects/*/connection_uri', class: 'credentials', why: 'reads a password' },
    { method: 'DELETE', path: '/api/v2/projects/*', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/api/v2/projects/*/branches/*', class: 'destructive', why: 'deletes a branch' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'console.neon.tech', path: '/api/v2/projects' },
  documentation: 'https://neon.com/docs/reference/api-reference',
  sources: ['neondatabase/neonctl', 'betterleaks'],
  lastChecked: '2026-11-22',
}
