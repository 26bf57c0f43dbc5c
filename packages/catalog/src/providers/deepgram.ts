import type { Provider } from '../provider.ts'

/** Deepgram: `Token` for keys, Bearer for short-lived tokens. Its keys have no public prefix. */
export const deepgram: Provider = {
  id: 'deepgram',
  name: 'Deepgram',
  category: 'media',
  variables: ['DEEPGRAM_API_KEY', 'DEEPGRAM_ACCESS_TOKEN'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.deepgram.com', injectors: [{ kind: 'bearer', scheme: 'token' }, { kind: 'bearer' }] },
    { host: 'agent.deepgram.com', injectors: [{ kind: 'bearer', scheme: 'token' }, { kind: 'bearer' }] },
  ],
  keyShapes: [],
  dangerous: [
    { method: 'POST', path: '/v1/auth/grant', class: 'credentials', why: 'makes a short-lived token' },
    { method: '*', path: '/v1/projects/*/keys/**', class: 'credentials', why: 'keys' },
    { method: '*', path: '/v1/projects/*/members/**', class: 'admin', why: 'members' },
    { method: 'DELETE', path: '/v1/projects/*', class: 'destructive', why: 'deletes a project' },
    {
      method: '*',
      path: '/v1/projects/*/self-hosted/distribution/credentials/**',
      class: 'credentials',
      why: 'logins to the registry of its own servers',
    },
    { method: '*', path: '/v1/projects/*/invites/**', class: 'admin', why: 'invitations' },
    { method: 'PATCH', path: '/v1/projects/*', class: 'admin', why: 'changes a project' },
    { method: 'DELETE', path: '/v1/projects/*/leave', class: 'destructive', why: 'leaves a project' },
    { method: 'DELETE', path: '/v1/projects/*/agents/*', class: 'destructive', why: 'deletes an agent' },
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.deepgram.com', path: '/v1/projects' },
  documentation: 'https://developers.deepgram.com/reference',
  sources: ['deepgram/deepgram-api-specs', 'deepgram/deepgram-js-sdk environments.ts', 'trufflehog'],
  lastChecked: '2026-11-23',
}
