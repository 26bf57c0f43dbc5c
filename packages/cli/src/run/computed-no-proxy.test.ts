import assert from 'node:assert/strict'
import { test } from 'node:test'
import { computedNoProxy } from './computed-no-proxy.ts'

const loopback = 'localhost,127.0.0.1,::1'

test('AC-12.2: what the caller had is kept beside loopback', () => {
  const { value, dropped } = computedNoProxy('.corp.example, 10.0.0.0/8 localhost', ['api.stripe.com'])
  assert.deepEqual([value, dropped], [`${loopback},.corp.example,10.0.0.0/8`, []])
  assert.equal(computedNoProxy(undefined, []).value, loopback)
})

for (const [entry, destination] of [
  ['*', 'api.stripe.com'],
  ['api.stripe.com', 'api.stripe.com'],
  ['API.Stripe.com', 'api.stripe.com'],
  ['api.stripe.com:443', 'api.stripe.com'],
  ['.stripe.com', 'api.stripe.com/v1'],
  ['*.stripe.com', 'https://api.stripe.com:8443/v1'],
  ['stripe.com', 'api.stripe.com'],
  ['com', 'api.stripe.com'],
  ['eu.example.com', '*.example.com'],
  ['anything.example', '~^api-[0-9]+\\.example$'],
] as const) {
  test(`AC-12.2, R-52: ${entry} is dropped where a secret goes to ${destination}`, () => {
    assert.deepEqual(computedNoProxy(entry, [destination]), { value: loopback, dropped: [entry] })
  })
}
