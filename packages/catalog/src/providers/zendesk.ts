import type { Provider } from '../provider.ts'

/** Zendesk: the password of a Basic pair whose user is an e-mail address and `/token`, or Bearer. Each account has a host of its own. */
export const zendesk: Provider = {
  id: 'zendesk',
  name: 'Zendesk',
  category: 'productivity',
  variables: ['ZENDESK_API_TOKEN', 'ZENDESK_TOKEN'],
  companionVariables: ['ZENDESK_EMAIL', 'ZENDESK_SUBDOMAIN'],
  baseUrlVariables: [],
  hosts: [
    { host: '*.zendesk.com', injectors: [{ kind: 'basic', as: 'password' }, { kind: 'bearer' }], perTenant: true },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/api/v2/oauth/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/oauth/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/api/v2/oauth/clients', class: 'credentials', why: 'makes a client secret' },
    { method: 'POST', path: '/api/v2/triggers', class: 'admin', why: 'adds a rule that acts by itself' },
    { method: 'DELETE', path: '/api/v2/tickets/*', class: 'destructive', why: 'deletes a ticket' },
    { method: 'DELETE', path: '/api/v2/users/*', class: 'destructive', why: 'deletes a user' },
    { method: '*', path: '/api/v2/api_tokens/**', class: 'credentials', why: 'tokens' },
    { method: 'POST', path: '/api/v2/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: { kind: 'none' },
  probe: null,
  documentation: 'https://developer.zendesk.com/api-reference/introduction/security-and-auth/',
  sources: ['trufflehog', 'gitleaks'],
  lastChecked: '2026-11-22',
}
