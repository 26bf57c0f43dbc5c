import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Airtable: Bearer on the API, and for content. */
export const airtable: Provider = {
  id: 'airtable',
  name: 'Airtable',
  category: 'productivity',
  variables: ['AIRTABLE_API_KEY', 'AIRTABLE_TOKEN', 'AIRTABLE_PAT'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'AIRTABLE_ENDPOINT_URL', safeToRedirect: true, path: '' }],
  hosts: [
    { host: 'api.airtable.com', injectors: [{ kind: 'bearer' }] },
    { host: 'content.airtable.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('personal access token', 'pat', /^pat[A-Za-z0-9]{14}\.[0-9a-f]{64}$/)],
  dangerous: [
    { method: 'DELETE', path: '/v0/meta/bases/*', class: 'destructive', why: 'deletes a base' },
    { method: 'DELETE', path: '/v0/*/*', class: 'destructive', why: 'deletes many records' },
    { method: 'DELETE', path: '/v0/*/*/*', class: 'destructive', why: 'deletes a record' },
    { method: 'POST', path: '/v0/bases/*/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'POST', path: '/oauth2/v1/token', class: 'credentials', why: 'makes a token' },
    {
      method: 'POST',
      path: '/v0/bases/*/webhooks/*/refresh',
      class: 'exfil',
      why: 'keeps events going to a URL of choice',
    },
    { method: 'POST', path: '/v0/meta/bases/*/collaborators', class: 'admin', why: 'gives someone access' },
    { method: 'PATCH', path: '/v0/meta/bases/*/collaborators/*', class: 'admin', why: 'changes what someone may do' },
    { method: 'POST', path: '/v0/meta/workspaces/*/collaborators', class: 'admin', why: 'gives someone access' },
    { method: 'DELETE', path: '/v0/meta/bases/*/invites/*', class: 'admin', why: 'takes an invitation back' },
    { method: 'PATCH', path: '/v0/meta/bases/*/shares/*', class: 'exfil', why: 'opens a shared link' },
    { method: '*', path: '/v0/meta/enterpriseAccounts/**', class: 'admin', why: 'users and tokens of a company' },
    { method: 'POST', path: '/v0/meta/workspaces/*/moveBase', class: 'destructive', why: 'moves a base elsewhere' },
    { method: 'DELETE', path: '/v0/meta/workspaces/*', class: 'destructive', why: 'deletes a workspace' },
    { method: 'DELETE', path: '/v0/meta/bases/*/views/*', class: 'destructive', why: 'deletes a view' },
    { method: 'DELETE', path: '/v0/meta/bases/*/shares/*', class: 'destructive', why: 'takes a link back' },
    { method: 'POST', path: '/v0/meta/bases', class: 'spend', why: 'makes a base' },
    { method: '*', path: '/v0/scim/v2/**', class: 'admin', why: 'users and groups' },
    { method: '*', path: '/scim/v2/**', class: 'admin', why: 'users and groups' },
    { method: 'DELETE', path: '/v0/bases/*/webhooks/*', class: 'destructive', why: 'stops the delivery of events' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.airtable.com', path: '/v0/meta/whoami' },
  documentation: 'https://airtable.com/developers/web/api/authentication',
  sources: ['gtalarico/pyairtable', 'Airtable/airtable.js', 'gitleaks', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
