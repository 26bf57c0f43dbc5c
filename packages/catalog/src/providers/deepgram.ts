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
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.deepgram.com', path: '/v1/projects' },
  documentation: 'https://developers.deepgram.com/reference',
  sources: ['deepgram/deepgram-js-sdk environments.ts', 'trufflehog'],
  lastChecked: '2026-11-22',
}
