import { type PlaceholderTemplate, prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Longer than a live key: the scanners’ form has any word of 32 to 64 characters behind the prefix. */
const longPlaceholder = (prefix: string): PlaceholderTemplate => ({
  lead: `${prefix}coatcheck_`,
  alphabet: 'alphanumeric',
  length: 64,
})

/** PlanetScale: service tokens stand behind their identifier and a colon, without a scheme; OAuth tokens go as Bearer. */
export const planetscale: Provider = {
  id: 'planetscale',
  name: 'PlanetScale',
  category: 'database',
  variables: ['PLANETSCALE_SERVICE_TOKEN', 'PLANETSCALE_TOKEN'],
  companionVariables: ['PLANETSCALE_ORG'],
  baseUrlVariables: [],
  hosts: [{ host: 'api.planetscale.com', injectors: [{ kind: 'placeholder', in: ['header:Authorization'] }] }],
  keyShapes: [
    prefixedShape(
      'service token',
      'pscale_tkn_',
      /^pscale_tkn_[A-Za-z0-9_=.-]{32,64}$/,
      longPlaceholder('pscale_tkn_'),
    ),
    prefixedShape(
      'OAuth token',
      'pscale_oauth_',
      /^pscale_oauth_[A-Za-z0-9_=.-]{32,64}$/,
      longPlaceholder('pscale_oauth_'),
    ),
  ],
  dangerous: [
    { method: '*', path: '/v1/organizations/*/service-tokens/**', class: 'credentials', why: 'tokens' },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/branches/*/passwords/*/renew',
      class: 'credentials',
      why: 'makes a password anew',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/branches/*/roles/**',
      class: 'credentials',
      why: 'makes a login',
    },
    { method: 'DELETE', path: '/v1/organizations/*/databases/*', class: 'destructive', why: 'deletes a database' },
    {
      method: 'DELETE',
      path: '/v1/organizations/*/databases/*/branches/*',
      class: 'destructive',
      why: 'deletes a branch',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/branches/*/passwords',
      class: 'credentials',
      why: 'makes a password',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/deploy-requests/*/deploy',
      class: 'destructive',
      why: 'changes the schema in production',
    },
    { method: 'POST', path: '/v1/organizations/*/databases', class: 'spend', why: 'rents a database' },
    { method: 'POST', path: '/v1/organizations/*/databases/*/branches', class: 'spend', why: 'rents a branch' },
    {
      method: 'DELETE',
      path: '/v1/organizations/*/databases/*/branches/*/backups/*',
      class: 'destructive',
      why: 'deletes a backup',
    },
    {
      method: 'DELETE',
      path: '/v1/organizations/*/databases/*/backup-policies/*',
      class: 'destructive',
      why: 'stops backups',
    },
    {
      method: 'DELETE',
      path: '/v1/organizations/*/databases/*/branches/*/passwords/*',
      class: 'destructive',
      why: 'deletes a login',
    },
    {
      method: 'DELETE',
      path: '/v1/organizations/*/databases/*/branches/*/roles/*',
      class: 'destructive',
      why: 'deletes a login',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/workflows/*/switch-primaries',
      class: 'destructive',
      why: 'moves data in production',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/workflows/*/cutover',
      class: 'destructive',
      why: 'moves data in production',
    },
    {
      method: 'POST',
      path: '/v1/organizations/*/databases/*/branches/*/resizes',
      class: 'spend',
      why: 'enlarges a branch',
    },
    {
      method: 'PUT',
      path: '/v1/organizations/*/databases/*/branches/*/resizes',
      class: 'spend',
      why: 'enlarges a branch',
    },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://planetscale.com/docs/api/reference/service-tokens',
  sources: ['planetscale/planetscale-go', 'planetscale/docs', 'planetscale/cli', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
