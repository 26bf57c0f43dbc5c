import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

/** What tells whether a key works. */
const user = { method: 'GET', path: '/v1/user', goodRefusal: 'missing_permissions' } as const

/** ElevenLabs: a header of its own, on one host for each region. */
export const elevenlabs: Provider = {
  id: 'elevenlabs',
  name: 'ElevenLabs',
  category: 'media',
  variables: ['ELEVENLABS_API_KEY', 'ELEVEN_API_KEY', 'XI_API_KEY'],
  companionVariables: [],
  baseUrlVariables: [],
  hosts: [
    { host: 'api.elevenlabs.io', injectors: [{ kind: 'header', name: 'xi-api-key' }] },
    { host: 'api.us.elevenlabs.io', injectors: [{ kind: 'header', name: 'xi-api-key' }] },
    { host: 'api.eu.residency.elevenlabs.io', injectors: [{ kind: 'header', name: 'xi-api-key' }] },
    { host: 'api.in.residency.elevenlabs.io', injectors: [{ kind: 'header', name: 'xi-api-key' }] },
    { host: 'api.sg.residency.elevenlabs.io', injectors: [{ kind: 'header', name: 'xi-api-key' }] },
  ],
  keyShapes: [prefixedShape('API key', 'sk_', /^sk_[0-9a-f]{48}$/)],
  dangerous: [
    { method: '*', path: '/v1/service-accounts/*/api-keys/**', class: 'credentials', why: 'keys' },
    { method: 'POST', path: '/v1/single-use-token/*', class: 'credentials', why: 'makes a short-lived token' },
    {
      method: 'GET',
      path: '/v1/convai/conversation/get-signed-url',
      class: 'credentials',
      why: 'makes an address that needs no key',
    },
    { method: 'GET', path: '/v1/convai/conversation/token', class: 'credentials', why: 'makes a short-lived token' },
    { method: 'POST', path: '/v1/convai/twilio/outbound-call', class: 'money', why: 'places a call' },
    { method: '*', path: '/v1/workspace/**', class: 'admin', why: 'members, invitations, secrets' },
    { method: '*', path: '/v1/service-accounts/**', class: 'admin', why: 'keys' },
    { method: 'POST', path: '/v1/voices/add', class: 'spend', why: 'clones a voice' },
    { method: 'POST', path: '/v1/convai/phone-numbers', class: 'spend', why: 'adds a number' },
    { method: 'DELETE', path: '/v1/voices/*', class: 'destructive', why: 'deletes a voice' },
    { method: 'POST', path: '/v1/convai/batch-calling/submit', class: 'money', why: 'places many calls' },
    { method: 'POST', path: '/v1/convai/batch-calling/*/retry', class: 'money', why: 'places many calls' },
    { method: 'POST', path: '/v1/convai/sip-trunk/outbound-call', class: 'money', why: 'places a call' },
    { method: 'POST', path: '/v1/convai/exotel/outbound-call', class: 'money', why: 'places a call' },
    { method: 'POST', path: '/v1/convai/whatsapp/outbound-call', class: 'money', why: 'places a call' },
    { method: 'POST', path: '/v1/convai/whatsapp/outbound-message', class: 'money', why: 'sends a message' },
    { method: 'POST', path: '/v1/workspaces/api-keys/disable', class: 'admin', why: 'disables keys' },
    { method: '*', path: '/v1/convai/secrets/**', class: 'admin', why: 'secrets of agents' },
    { method: '*', path: '/v1/workspace/webhooks/**', class: 'exfil', why: 'sends events to a URL of choice' },
    {
      method: 'POST',
      path: '/v1/convai/mcp-servers',
      class: 'exfil',
      why: 'lets agents send data to a server of choice',
    },
    { method: 'POST', path: '/v1/productions/orders', class: 'spend', why: 'orders work by people' },
    { method: 'POST', path: '/v1/dubbing', class: 'spend', why: 'dubs a recording' },
    { method: 'DELETE', path: '/v1/convai/agents/*', class: 'destructive', why: 'deletes an agent' },
    { method: 'DELETE', path: '/v1/studio/projects/*', class: 'destructive', why: 'deletes a project' },
    { method: 'DELETE', path: '/v1/dubbing/*', class: 'destructive', why: 'deletes a dubbed recording' },
  ],
  usage: null,
  // Keys may lack the right to see their user, and accounts of a region are known there only.
  probe: {
    ...user,
    host: 'api.elevenlabs.io',
    others: [
      { ...user, host: 'api.eu.residency.elevenlabs.io' },
      { ...user, host: 'api.in.residency.elevenlabs.io' },
      { ...user, host: 'api.sg.residency.elevenlabs.io' },
    ],
  },
  documentation: 'https://elevenlabs.io/docs/api-reference/authentication',
  sources: ['elevenlabs/elevenlabs-js src/api, src/environments.ts', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-23',
}
