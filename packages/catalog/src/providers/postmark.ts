import type { Provider } from '../provider.ts'

/** Postmark: one header for keys of a server, another for keys of the account. Its keys have no public prefix. */
export const postmark: Provider = {
  id: 'postmark',
  name: 'Postmark',
  category: 'email',
  variables: ['POSTMARK_SERVER_TOKEN', 'POSTMARK_API_TOKEN', 'POSTMARK_ACCOUNT_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    {
      host: 'api.postmarkapp.com',
      injectors: [
        { kind: 'header', name: 'X-Postmark-Server-Token' },
        { kind: 'header', name: 'X-Postmark-Account-Token' },
      ],
    },
  ],
  keyShapes: [],
  dangerous: [
    { method: '*', path: '/servers/**', class: 'credentials', why: 'makes servers, and shows their tokens' },
    { method: 'POST', path: '/email', class: 'money', why: 'sends mail' },
    { method: 'POST', path: '/email/batch', class: 'money', why: 'sends up to 500 mails' },
    { method: 'DELETE', path: '/servers/*', class: 'destructive', why: 'deletes a server' },
    { method: 'DELETE', path: '/domains/*', class: 'destructive', why: 'removes a domain' },
    { method: 'POST', path: '/webhooks', class: 'exfil', why: 'sends events to a URL of choice' },
  ],
  usage: null,
  probe: null,
  documentation: 'https://postmarkapp.com/developer/api/overview',
  sources: ['ActiveCampaign/postmark.js', 'trufflehog'],
  lastChecked: '2026-11-22',
}
