import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** X: Bearer. Requests that OAuth 1.0a signs are not covered. */
export const x: Provider = {
  id: 'x',
  name: 'X',
  category: 'messaging',
  variables: ['X_BEARER_TOKEN', 'TWITTER_BEARER_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.x.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.twitter.com', injectors: [{ kind: 'bearer' }] },
    { host: 'upload.x.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('bearer token', 'AAAAAAAAAAAAAAAAAAAAAA', /^A{22}[A-Za-z0-9%]{80,100}$/)],
  dangerous: [
    { method: 'POST', path: '/oauth2/token', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/2/tweets', class: 'publish', why: 'posts' },
    { method: 'DELETE', path: '/2/tweets/*', class: 'destructive', why: 'deletes a post' },
    { method: 'POST', path: '/2/dm_conversations/**', class: 'publish', why: 'writes to someone' },
  ],
  usage: null,
  probe: null,
  documentation: 'https://docs.x.com/fundamentals/authentication/overview',
  sources: ['gitleaks', 'onecli', 'NangoHQ/nango'],
  lastChecked: '2026-11-22',
}
