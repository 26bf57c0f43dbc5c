import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Browserbase: a header of its own; the socket of a browser takes a parameter. */
export const browserbase: Provider = {
  id: 'browserbase',
  name: 'Browserbase',
  category: 'search',
  variables: ['BROWSERBASE_API_KEY'],
  companionVariables: ['BROWSERBASE_PROJECT_ID'],
  baseUrlVariables: [{ name: 'BROWSERBASE_BASE_URL', safeToRedirect: true, path: '' }],
  hosts: [
    { host: 'api.browserbase.com', injectors: [{ kind: 'header', name: 'X-BB-API-Key' }] },
    { host: 'connect.browserbase.com', injectors: [{ kind: 'query', name: 'apiKey' }] },
  ],
  keyShapes: [
    prefixedShape('live key', 'bb_live_', /^bb_live_[A-Za-z0-9_-]{27}$/),
    prefixedShape('test key', 'bb_test_', /^bb_test_[A-Za-z0-9_-]{27}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/v1/sessions', class: 'spend', why: 'starts a browser that is paid by the minute' },
    { method: 'POST', path: '/v1/agents/runs', class: 'spend', why: 'starts a browser that is paid by the minute' },
    { method: 'DELETE', path: '/v1/contexts/*', class: 'destructive', why: 'deletes stored logins of browsers' },
    { method: 'DELETE', path: '/v1/extensions/*', class: 'destructive', why: 'deletes an extension' },
    { method: 'DELETE', path: '/v1/certificates/*', class: 'destructive', why: 'deletes a certificate' },
    { method: 'DELETE', path: '/v1/agents/*', class: 'destructive', why: 'deletes an agent' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.browserbase.com', path: '/v1/sessions' },
  documentation: 'https://docs.browserbase.com',
  sources: ['browserbase/sdk-node api.md', 'browserbase/sdk-node src/index.ts', 'kingfisher'],
  lastChecked: '2026-11-23',
}
