import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** HubSpot: Bearer. */
export const hubspot: Provider = {
  id: 'hubspot',
  name: 'HubSpot',
  category: 'productivity',
  variables: ['HUBSPOT_ACCESS_TOKEN', 'HUBSPOT_API_KEY', 'PRIVATE_APP_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.hubapi.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.hubspot.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [
    prefixedShape(
      'private app token',
      'pat-',
      /^pat-(?:na|eu|ap)\d-[A-Za-z0-9]{8}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{12}$/,
    ),
  ],
  dangerous: [
    { method: 'POST', path: '/marketing/v3/transactional/single-email/send', class: 'money', why: 'sends mail' },
    {
      method: 'POST',
      path: '/crm/v3/objects/contacts/gdpr-delete',
      class: 'destructive',
      why: 'deletes a contact for good',
    },
    {
      method: 'DELETE',
      path: '/crm/v4/objects/*/*/associations/*',
      class: 'destructive',
      why: 'removes links between records',
    },
    { method: 'DELETE', path: '/crm/v3/objects/**', class: 'destructive', why: 'deletes records' },
    { method: 'POST', path: '/crm/v3/objects/*/batch/archive', class: 'destructive', why: 'deletes many records' },
    { method: 'POST', path: '/crm/v3/exports/export/async', class: 'exfil', why: 'exports records' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.hubapi.com', path: '/account-info/v3/api-usage/daily/private-apps' },
  documentation: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/overview',
  sources: ['HubSpot/hubspot-api-nodejs', 'trufflehog', 'gitleaks'],
  lastChecked: '2026-11-22',
}
