import type { Provider } from '../provider.ts'

/** fal: a scheme `Key` of its own. A key is an identifier and a secret with a colon between them. */
export const fal: Provider = {
  id: 'fal',
  name: 'fal',
  category: 'media',
  variables: ['FAL_KEY', 'FAL_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'fal.run', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'queue.fal.run', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'ws.fal.run', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'rest.fal.ai', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'rest.alpha.fal.ai', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'api.fal.ai', injectors: [{ kind: 'header', name: 'Authorization', prefix: 'Key ' }] },
    { host: 'v3.fal.media', injectors: [] },
  ],
  keyShapes: [
    {
      // The command line takes nothing without a colon. What stands before it is no secret, and here it is nobody’s.
      label: 'API key',
      prefix: '',
      pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{32}$/,
      placeholder: { lead: '0:coatcheck_', alphabet: 'alphanumeric', length: 24 },
    },
  ],
  dangerous: [
    { method: 'POST', path: '/tokens', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/storage/auth/token', class: 'credentials', why: 'makes a token for uploads' },
    { method: 'POST', path: '/v1/keys', class: 'credentials', why: 'makes a key', host: 'api.fal.ai' },
    { method: 'DELETE', path: '/v1/keys/*', class: 'admin', why: 'removes a key', host: 'api.fal.ai' },
    {
      method: 'POST',
      path: '/v1/compute/instances',
      class: 'spend',
      why: 'rents a machine, and lets an SSH key in',
      host: 'api.fal.ai',
    },
    {
      method: 'DELETE',
      path: '/v1/compute/instances/*',
      class: 'destructive',
      why: 'deletes a machine',
      host: 'api.fal.ai',
    },
    {
      method: 'DELETE',
      path: '/v1/models/requests/**',
      class: 'destructive',
      why: 'deletes what a request gave',
      host: 'api.fal.ai',
    },
  ],
  usage: null,
  probe: null,
  documentation: 'https://fal.ai/docs/documentation/setting-up/authentication',
  sources: ['fal-ai/fal-js libs/client', 'fal-ai/fal projects', 'fal.ai/docs platform-apis', 'vercel/ai packages/fal'],
  lastChecked: '2026-11-23',
}
