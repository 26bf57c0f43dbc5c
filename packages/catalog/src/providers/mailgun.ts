import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** Mailgun: the password of a Basic pair whose user is `api`, on one host for each region. */
export const mailgun: Provider = {
  id: 'mailgun',
  name: 'Mailgun',
  category: 'email',
  variables: ['MAILGUN_API_KEY'],
  companionVariables: ['MAILGUN_DOMAIN'],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.mailgun.net', injectors: [{ kind: 'basic', as: 'password' }] },
    { host: 'api.eu.mailgun.net', injectors: [{ kind: 'basic', as: 'password' }] },
  ],
  keyShapes: [prefixedShape('private key', 'key-', /^key-[0-9a-f]{32}$/)],
  dangerous: [
    { method: 'POST', path: '/v3/domains/*/credentials', class: 'credentials', why: 'makes a login for mail' },
    { method: 'POST', path: '/v3/routes', class: 'exfil', why: 'sends incoming mail to a URL of choice' },
    { method: 'POST', path: '/v3/*/messages', class: 'money', why: 'sends mail' },
    { method: '*', path: '/v1/keys/**', class: 'credentials', why: 'keys' },
    { method: 'DELETE', path: '/v3/domains/*', class: 'destructive', why: 'removes a domain' },
    { method: 'POST', path: '/v3/domains/*/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.mailgun.net', path: '/v3/domains', user: 'api' },
  documentation: 'https://documentation.mailgun.com/docs/mailgun/api-reference/',
  sources: ['mailgun/mailgun.js', 'gitleaks'],
  lastChecked: '2026-11-22',
}
