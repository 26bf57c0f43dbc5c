import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Intercom: Bearer, on one host for each region. */
export const intercom: Provider = {
  id: 'intercom',
  name: 'Intercom',
  category: 'productivity',
  variables: ['INTERCOM_ACCESS_TOKEN', 'INTERCOM_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.intercom.io', injectors: [{ kind: 'bearer' }] },
    { host: 'api.eu.intercom.io', injectors: [{ kind: 'bearer' }] },
    { host: 'api.au.intercom.io', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('access token', 'dG9rO', /^dG9rO[A-Za-z0-9+/_-]{54}=$/)],
  dangerous: [
    { method: 'DELETE', path: '/contacts/*', class: 'destructive', why: 'deletes a contact' },
    { method: 'POST', path: '/contacts/merge', class: 'destructive', why: 'merges contacts for good' },
    { method: 'POST', path: '/messages', class: 'publish', why: 'writes to customers' },
    { method: '*', path: '/export/**', class: 'exfil', why: 'exports in bulk' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.intercom.io', path: '/me' },
  documentation: 'https://developers.intercom.com/docs/build-an-integration/learn-more/authentication',
  sources: ['intercom/intercom-node', 'trufflehog', 'gitleaks', 'kingfisher'],
  lastChecked: '2026-11-22',
}
