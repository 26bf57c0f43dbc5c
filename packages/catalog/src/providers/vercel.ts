import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Vercel: Bearer on the API host, and on the main host for a few calls of its command line. */
export const vercel: Provider = {
  id: 'vercel',
  name: 'Vercel',
  category: 'cloud',
  variables: ['VERCEL_TOKEN', 'VERCEL_ACCESS_TOKEN', 'VERCEL_API_TOKEN'],
  companionVariables: ['VERCEL_ORG_ID', 'VERCEL_PROJECT_ID'],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.vercel.com', injectors: [{ kind: 'bearer' }] },
    { host: 'vercel.com', injectors: [{ kind: 'bearer' }] },
  ],
  // The command line takes tokens of letters, digits and `_` only.
  keyShapes: [
    prefixedShape('personal access token', 'vcp_', /^vcp_[A-Za-z0-9_-]{56}$/),
    prefixedShape('integration token', 'vci_', /^vci_[A-Za-z0-9_-]{56}$/),
    prefixedShape('app access token', 'vca_', /^vca_[A-Za-z0-9_-]{56}$/),
    prefixedShape('app refresh token', 'vcr_', /^vcr_[A-Za-z0-9_-]{56}$/),
  ],
  dangerous: [
    { method: 'POST', path: '/*/user/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/v1/registrar/domains/*/buy', class: 'money', why: 'buys a domain' },
    { method: 'POST', path: '/v1/billing/buy', class: 'money', why: 'buys credits' },
    { method: 'GET', path: '/*/projects/*/env', class: 'exfil', why: 'reads the secrets of a project' },
    { method: 'DELETE', path: '/v9/projects/*', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/v9/projects/*/env/*', class: 'destructive', why: 'removes a variable' },
    { method: 'POST', path: '/projects/*/transfer-request', class: 'destructive', why: 'gives a project away' },
    { method: 'DELETE', path: '/v13/deployments/*', class: 'destructive', why: 'deletes a deployment' },
    { method: 'DELETE', path: '/v6/domains/*', class: 'destructive', why: 'removes a domain' },
    { method: 'DELETE', path: '/v1/teams/*', class: 'destructive', why: 'deletes a team' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.vercel.com', path: '/v2/user' },
  documentation: 'https://vercel.com/docs/rest-api',
  sources: ['vercel/vercel packages/cli', 'vercel/sdk', 'betterleaks', 'trufflehog'],
  lastChecked: '2026-11-22',
}
