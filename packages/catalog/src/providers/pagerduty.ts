import type { Provider } from '../provider.ts'

/** PagerDuty: a scheme of its own for keys, Bearer for OAuth tokens. Routing keys stand in the body of an event. */
export const pagerduty: Provider = {
  id: 'pagerduty',
  name: 'PagerDuty',
  category: 'observability',
  variables: ['PAGERDUTY_TOKEN', 'PAGERDUTY_API_KEY', 'PAGERDUTY_USER_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'PAGERDUTY_API_HOST', safeToRedirect: false, path: '' }],
  hosts: [
    {
      host: 'api.pagerduty.com',
      injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Token token=' }, { kind: 'bearer' }],
    },
    {
      host: 'api.eu.pagerduty.com',
      injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Token token=' }, { kind: 'bearer' }],
    },
    { host: 'events.pagerduty.com', injectors: [{ kind: 'body', pointer: '/routing_key' }] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'DELETE', path: '/services/*', class: 'destructive', why: 'deletes a service' },
    { method: 'DELETE', path: '/schedules/*', class: 'destructive', why: 'deletes a schedule' },
    { method: 'PUT', path: '/incidents', class: 'destructive', why: 'closes or moves many incidents' },
    { method: 'POST', path: '/incidents', class: 'publish', why: 'wakes people' },
    { method: 'POST', path: '/v2/enqueue', class: 'publish', why: 'wakes people' },
    { method: 'DELETE', path: '/users/*', class: 'admin', why: 'removes a user' },
  ],
  usage: { kind: 'none' },
  probe: { method: 'GET', host: 'api.pagerduty.com', path: '/users' },
  documentation: 'https://developer.pagerduty.com/docs/authentication',
  sources: ['PagerDuty/pagerduty-mcp-server', 'trufflehog', 'Infisical/agent-vault'],
  lastChecked: '2026-11-22',
}
