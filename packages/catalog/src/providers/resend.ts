import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Resend: one host, Bearer. */
export const resend: Provider = {
  id: 'resend',
  name: 'Resend',
  category: 'email',
  variables: ['RESEND_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [{ name: 'RESEND_BASE_URL', safeToRedirect: true, path: '' }],
  hosts: [{ host: 'api.resend.com', injectors: [{ kind: 'bearer' }] }],
  keyShapes: [prefixedShape('API key', 're_', /^re_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{16,32}$/)],
  dangerous: [
    { method: 'PATCH', path: '/api-keys/*', class: 'admin', why: 'changes what a key may do' },
    { method: 'POST', path: '/events', class: 'money', why: 'sets off mail' },
    { method: 'POST', path: '/emails/*/share', class: 'exfil', why: 'makes a mail public' },
    { method: 'PATCH', path: '/webhooks/*', class: 'exfil', why: 'sends events to a URL of choice' },
    { method: 'DELETE', path: '/audiences/*', class: 'destructive', why: 'deletes an audience' },
    { method: 'DELETE', path: '/contacts/*', class: 'destructive', why: 'deletes a contact' },
    { method: 'POST', path: '/emails', class: 'money', why: 'sends mail' },
    { method: 'POST', path: '/emails/batch', class: 'money', why: 'sends up to 100 mails' },
    { method: 'POST', path: '/broadcasts/*/send', class: 'money', why: 'sends mail to an audience' },
    { method: 'POST', path: '/api-keys', class: 'credentials', why: 'makes a key' },
    { method: 'DELETE', path: '/api-keys/*', class: 'admin', why: 'revokes a key' },
    { method: 'DELETE', path: '/domains/*', class: 'destructive', why: 'removes a domain' },
    { method: 'POST', path: '/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: null,
  // A key may be for sending only.
  probe: { method: 'GET', host: 'api.resend.com', path: '/domains', goodRefusal: 'restricted_api_key' },
  documentation: 'https://resend.com/docs/api-reference/introduction',
  sources: ['resend/resend-openapi', 'resend/resend-node'],
  lastChecked: '2026-11-23',
}
