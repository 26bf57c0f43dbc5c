import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Apify: Bearer, or a parameter of the query. */
export const apify: Provider = {
  id: 'apify',
  name: 'Apify',
  category: 'search',
  variables: ['APIFY_TOKEN', 'APIFY_API_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'APIFY_API_BASE_URL', safeToRedirect: false, path: '' }],
  hosts: [{ host: 'api.apify.com', injectors: [{ kind: 'bearer' }, { kind: 'query', name: 'token' }] }],
  keyShapes: [prefixedShape('API token', 'apify_api_', /^apify_api_[A-Za-z0-9]{34,38}$/)],
  dangerous: [
    { method: 'DELETE', path: '/v2/acts/*', class: 'destructive', why: 'deletes a program' },
    { method: 'POST', path: '/v2/acts/*/runs', class: 'spend', why: 'starts a paid run' },
    { method: 'POST', path: '/v2/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/v2/datasets/*', class: 'destructive', why: 'deletes a data set' },
  ],
  usage: { kind: 'cost', cost: '$.data.usageTotalUsd' },
  probe: { method: 'GET', host: 'api.apify.com', path: '/v2/users/me' },
  documentation: 'https://docs.apify.com/api/v2',
  sources: ['trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
