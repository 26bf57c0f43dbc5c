import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** SendGrid: Bearer, on one host for each region. */
export const sendgrid: Provider = {
  id: 'sendgrid',
  name: 'SendGrid',
  category: 'email',
  variables: ['SENDGRID_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.sendgrid.com', injectors: [{ kind: 'bearer' }] },
    { host: 'api.eu.sendgrid.com', injectors: [{ kind: 'bearer' }] },
  ],
  keyShapes: [prefixedShape('API key', 'SG.', /^SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}$/)],
  dangerous: [
    { method: 'POST', path: '/v3/campaigns/*/schedules/**', class: 'money', why: 'sends mail to an audience' },
    { method: 'POST', path: '/v3/partners/accounts/*/sso', class: 'credentials', why: 'makes a login' },
    { method: '*', path: '/v3/sso/**', class: 'admin', why: 'who may sign in' },
    { method: 'PUT', path: '/v3/user/**', class: 'admin', why: 'settings of the account' },
    { method: 'POST', path: '/v3/user/webhooks/**', class: 'exfil', why: 'sends events and mail to a URL of choice' },
    { method: 'DELETE', path: '/v3/marketing/contacts', class: 'destructive', why: 'deletes contacts' },
    { method: 'POST', path: '/v3/mail/send', class: 'money', why: 'sends mail' },
    { method: 'PUT', path: '/v3/marketing/singlesends/*/schedule', class: 'money', why: 'sends mail to an audience' },
    { method: '*', path: '/v3/api_keys/**', class: 'credentials', why: 'keys' },
    { method: '*', path: '/v3/teammates/**', class: 'admin', why: 'members' },
    { method: '*', path: '/v3/subusers/**', class: 'admin', why: 'accounts' },
    { method: 'PATCH', path: '/v3/user/**', class: 'admin', why: 'settings of the account' },
  ],
  usage: null,
  probe: {
    method: 'GET',
    host: 'api.sendgrid.com',
    path: '/v3/scopes',
    others: [{ method: 'GET', host: 'api.eu.sendgrid.com', path: '/v3/scopes' }],
  },
  documentation: 'https://www.twilio.com/docs/sendgrid/api-reference',
  sources: ['twilio/sendgrid-oai', 'sendgrid/sendgrid-nodejs packages/client', 'gitleaks', 'trufflehog'],
  lastChecked: '2026-11-23',
}
