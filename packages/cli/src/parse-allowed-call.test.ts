import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectAllowedCall, parseAllowedCall } from './parse-allowed-call.ts'

test('a method and a path are one rule, and a path alone is one for every method', () => {
  const rule = { effect: 'allow', methods: ['POST'], paths: ['/v1/payment_intents'] }
  assert.deepEqual(parseAllowedCall('POST /v1/payment_intents'), rule)
  assert.deepEqual(parseAllowedCall(' GET,HEAD  /v1/items/* '), {
    ...rule,
    methods: ['GET', 'HEAD'],
    paths: ['/v1/items/*'],
  })
  assert.deepEqual(parseAllowedCall('/v1/**'), { ...rule, methods: 'any', paths: ['/v1/**'] })
  assert.equal(collectAllowedCall('/b', collectAllowedCall('/a')).length, 2)
})

test('what is neither is refused', () => {
  for (const text of ['', 'POST', 'post /v1', 'v1/items', 'POST v1', 'POST /a /b', 'POST,/a']) {
    assert.throws(() => parseAllowedCall(text), /Write a method and a path/, text)
  }
})
