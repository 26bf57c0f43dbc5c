import { prefixedShape } from '../key-shape.ts'
import type { Provider } from '../provider.ts'

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
  ],
  usage: null,
  probe: { method: 'GET', host: 'api.elevenlabs.io', path: '/v1/user' },
  documentation: 'https://elevenlabs.io/docs/api-reference/authentication',
  sources: ['elevenlabs/elevenlabs-js environments.ts', 'trufflehog', 'betterleaks'],
  lastChecked: '2026-11-22',
}
