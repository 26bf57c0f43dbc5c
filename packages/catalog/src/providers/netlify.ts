import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Netlify: one host, Bearer. */
export const netlify: Provider = {
  id: 'netlify',
  name: 'Netlify',
  category: 'cloud',
  variables: ['NETLIFY_AUTH_TOKEN'],
  companionVariables: ['NETLIFY_SITE_ID'],
  baseUrlVariables: [{ name: 'NETLIFY_API_URL', safeToRedirect: true, path: '/api/v1' }],
  hosts: [{ host: 'api.netlify.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('personal access token', 'nfp_', /^nfp_[A-Za-z0-9_]{36}$/)],
  dangerous: [
    { method: 'POST', path: '/api/v1/oauth/tickets/*/exchange', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v1/*/members', class: 'admin', why: 'gives someone access' },
    { method: 'POST', path: '/api/v1/deploy_keys', class: 'credentials', why: 'adds a deploy key' },
    { method: 'POST', path: '/api/v1/hooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/api/v1/sites/*', class: 'destructive', why: 'deletes a site' },
    { method: 'DELETE', path: '/api/v1/accounts/*', class: 'destructive', why: 'deletes an account' },
    { method: 'DELETE', path: '/api/v1/sites/*/database', class: 'destructive', why: 'deletes a database' },
    { method: 'DELETE', path: '/api/v1/accounts/*/env/*', class: 'destructive', why: 'removes a variable' },
    { method: 'DELETE', path: '/api/v1/dns_zones/*', class: 'destructive', why: 'removes a zone' },
    { method: 'PUT', path: '/api/v1/dns_zones/*/transfer', class: 'destructive', why: 'gives a zone away' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.netlify.com', path: '/api/v1/sites' },
  documentation: 'https://docs.netlify.com/api/get-started/',
  sources: ['netlify/cli', 'netlify/open-api', 'trufflehog', 'gitleaks'],
  lastChecked: '2026-11-22',
}
