import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** E2B: a header of its own. Its client takes hexadecimal keys only. Sandboxes have hosts and tokens of their own. */
export const e2b: Provider = {
  id: 'e2b',
  name: 'E2B',
  category: 'cloud',
  variables: ['E2B_API_KEY', 'E2B_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [
    { name: 'E2B_API_URL', safeToRedirect: true, path: '' },
    { name: 'E2B_DOMAIN', safeToRedirect: false, path: '' },
  ],
  hosts: [{ host: 'api.e2b.app', injectors: [{ kind: 'header', name: 'X-API-KEY' }, { kind: 'bearer' }] }],
  keyShapes: [
    prefixedShape('API key', 'e2b_', /^e2b_[0-9a-f]{40}$/, { lead: 'e2b_', alphabet: 'hexadecimal', length: 48 }),
  ],
  dangerous: [
    { method: 'POST', path: '/api-keys', class: 'credentials', why: 'makes a key' },
    { method: 'POST', path: '/access-tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/sandboxes', class: 'spend', why: 'starts a sandbox' },
    { method: 'DELETE', path: '/templates/*', class: 'destructive', why: 'deletes a template' },
    { method: 'PATCH', path: '/api-keys/*', class: 'admin', why: 'changes a key' },
    { method: 'DELETE', path: '/api-keys/*', class: 'admin', why: 'revokes a key' },
    { method: 'DELETE', path: '/access-tokens/*', class: 'admin', why: 'revokes a token' },
    { method: '*', path: '/secrets/**', class: 'admin', why: 'secrets of sandboxes' },
    { method: '*', path: '/admin/**', class: 'admin', why: 'administers the service' },
    { method: 'PUT', path: '/sandboxes/*/network', class: 'admin', why: 'changes what a sandbox may reach' },
    { method: 'POST', path: '/sandboxes/*/resume', class: 'spend', why: 'starts a sandbox' },
    { method: 'POST', path: '/sandboxes/*/fork', class: 'spend', why: 'starts a sandbox' },
    { method: 'DELETE', path: '/sandboxes/*', class: 'destructive', why: 'ends a sandbox' },
    { method: 'DELETE', path: '/volumes/*', class: 'destructive', why: 'deletes a disk' },
    { method: 'POST', path: '/templates/**', class: 'spend', why: 'builds a template' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.e2b.app', path: '/sandboxes' },
  documentation: 'https://e2b.dev/docs',
  sources: ['e2b-dev/E2B spec/openapi.yml, packages/js-sdk'],
  lastChecked: '2026-11-23',
}
