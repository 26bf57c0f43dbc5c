import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Destination } from '../foundation/destination.ts'
import { type DestinationMatcher, EgressPolicy, type EgressRule } from './egress-policy.ts'

const exact = (host: string, scheme: 'https' | 'http' = 'https', port = 443): DestinationMatcher => ({
  scheme,
  port,
  matchesHost: (candidate) => candidate === host,
})

const rules = <Options>(options: Options, ...matchers: [string, DestinationMatcher][]): EgressRule<Options>[] =>
  matchers.map(([rule, matcher]) => ({ rule, matcher, options }))

const to = (host: string, scheme: 'https' | 'http' = 'https', port = 443): Destination => ({ scheme, host, port })

test('R-32: an empty policy denies everything (R-46, R-47)', () => {
  const policy = new EgressPolicy({ deny: [], granted: [], allowed: [] })
  assert.deepEqual(policy.decide(to('api.example.com')), { effect: 'deny', rule: null })
  assert.equal(policy.knowsName('api.example.com'), false)
})

test('a destination of a grant is inspected, one that is only allowed is tunnelled', () => {
  const policy = new EgressPolicy({
    deny: [],
    granted: rules(null, ['api.example.com', exact('api.example.com')]),
    allowed: rules('reach', ['api.example.com', exact('api.example.com')], ['other.example', exact('other.example')]),
  })
  assert.deepEqual(policy.decide(to('api.example.com')), { effect: 'inspect', rule: 'api.example.com' })
  assert.deepEqual(policy.decide(to('other.example')), { effect: 'tunnel', rule: 'other.example', options: 'reach' })
})

test('attaching a secret does not reopen a denied host (R-46)', () => {
  const policy = new EgressPolicy({
    deny: rules(null, ['api.example.com', exact('api.example.com')]),
    granted: rules(null, ['api.example.com', exact('api.example.com')]),
    allowed: rules(null, ['api.example.com', exact('api.example.com')]),
  })
  assert.deepEqual(policy.decide(to('api.example.com')), { effect: 'deny', rule: 'api.example.com' })
  assert.equal(policy.knowsName('api.example.com'), false)
})

const narrow: [string, Destination][] = [
  ['another port', to('api.example.com', 'https', 8443)],
  ['clear text', to('api.example.com', 'http', 80)],
  ['clear text on the TLS port', to('api.example.com', 'http', 443)],
  ['another host', to('www.example.com')],
]

for (const [name, destination] of narrow) {
  test(`a rule for https on 443 does not cover ${name} (R-11, R-19)`, () => {
    const policy = new EgressPolicy({
      deny: [],
      granted: rules(null, ['api.example.com', exact('api.example.com')]),
      allowed: rules(null, ['api.example.com', exact('api.example.com')]),
    })
    assert.deepEqual(policy.decide(destination), { effect: 'deny', rule: null })
  })
}

test('a deny rule holds on every port', () => {
  const policy = new EgressPolicy({
    deny: rules(null, ['bad.example', exact('bad.example')]),
    granted: [],
    allowed: rules(null, ['https://bad.example:8443', exact('bad.example', 'https', 8443)]),
  })
  assert.deepEqual(policy.decide(to('bad.example', 'https', 8443)), { effect: 'deny', rule: 'bad.example' })
})

test('the ports of all rules are offered once each', () => {
  const policy = new EgressPolicy({
    deny: [],
    granted: rules(null, ['a', exact('a')], ['b', exact('b', 'https', 8443)]),
    allowed: rules(null, ['c', exact('c')]),
  })
  assert.deepEqual(policy.ports(), [443, 8443])
})
