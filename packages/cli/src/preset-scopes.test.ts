import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presetScopes } from './preset-scopes.ts'

const hosts = [
  {
    host: 'api.acme.example',
    injectors: [
      { kind: 'header', name: 'X-Key' },
      { kind: 'query', name: 'key' },
    ],
  },
  { host: '*.acme.example', injectors: [{ kind: 'basic', as: 'password' }], perTenant: true as const },
]
const asBearer = (to: string) => ({ to, inject: { kind: 'bearer' } })

test('V3: a host of a customer’s own gets the injectors that the provider has for such hosts', () => {
  for (const to of ['mine.acme.example', 'https://mine.acme.example:8443/api']) {
    assert.deepEqual(presetScopes([asBearer(to)], { hosts }), [{ to, inject: { kind: 'basic', as: 'password' } }])
  }
})

test('V3: a host of the provider gets all its injectors, and keeps what else the scope says', () => {
  const pin = { address: '127.0.0.1' }
  assert.deepEqual(presetScopes([{ ...asBearer('api.acme.example'), pin }], { hosts }), [
    { to: 'api.acme.example', inject: { kind: 'header', name: 'X-Key' }, pin },
    { to: 'api.acme.example', inject: { kind: 'query', name: 'key' }, pin },
  ])
})

test('V3: how a secret goes to other hosts, and to patterns, is not guessed', () => {
  for (const to of ['acme.example', '*.acme.example', '~^a\\.acme\\.example$', 'api.acme.example.evil.example']) {
    assert.throws(() => presetScopes([asBearer(to)], { hosts }), { code: 'request_invalid' })
  }
})
