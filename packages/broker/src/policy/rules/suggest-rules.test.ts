import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleRequest } from './rule-request.ts'
import { RuleSet } from './rule-set.ts'
import { suggestRules } from './suggest-rules.ts'

const host = 'api.example.com'
const seen = [
  { method: 'GET', host, path: '/v1/items/1' },
  { method: 'GET', host, path: '/v1/items/2' },
  { method: 'GET', host, path: '/v1/items/3' },
  { method: 'POST', host, path: '/v1/items' },
  { method: 'POST', host, path: '/v1/keys/[masked]/roll' },
  { method: 'DELETE', host: 'other.example.com', path: '/v1/items/1' },
]

function isAllowed(set: RuleSet, method: string, path: string, at = host): boolean {
  const request = { method, host: at, path, query: '', body: 'none', bytes: undefined, fields: () => [] } as const
  return set.decide(ruleRequest(request)).effect === 'allow'
}

test('what is suggested lets through what was seen, and nothing else', () => {
  const { rules, left } = suggestRules(seen)
  assert.equal(left, 0)
  assert.equal(rules.default, 'deny')
  const set = new RuleSet(rules)
  for (const { method, host: at, path } of seen) assert.ok(isAllowed(set, method, path.replace('[masked]', 'x'), at))
  assert.ok(!isAllowed(set, 'GET', '/v1/items/4'))
  assert.ok(!isAllowed(set, 'GET', '/v1/items/1/x'))
})

test('R-30: rules that are put together grant no method on a path on which it was not seen', () => {
  const set = new RuleSet(suggestRules(seen, 2).rules)
  assert.ok(isAllowed(set, 'GET', '/v1/items/4'), 'merged, as was asked for')
  for (const [method, path, at] of [
    ['POST', '/v1/items/1', host],
    ['DELETE', '/v1/items/1', host],
    ['GET', '/v1/items', host],
    ['GET', '/v1/items/1', 'other.example.com'],
    ['GET', '/v1/keys/x/roll', host],
  ] as const)
    assert.ok(!isAllowed(set, method, path, at), `${method} ${at}${path}`)
})

test('R-30: two lists that apply grant no more together than each of them does', () => {
  const one = new RuleSet({ default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/a'] }] })
  const both = new RuleSet({
    default: 'deny',
    rules: [
      { effect: 'allow', methods: ['GET'], paths: ['/a'] },
      { effect: 'allow', methods: ['POST'], paths: ['/b'] },
    ],
  })
  assert.ok(isAllowed(one, 'GET', '/a') && isAllowed(both, 'GET', '/a') && isAllowed(both, 'POST', '/b'))
  assert.ok(!isAllowed(both, 'POST', '/a') && !isAllowed(both, 'GET', '/b'))
})

test('paths that no pattern can say are left out, and counted', () => {
  const paths = ['/[masked]', '/a*b', `/${'x'.repeat(10)}...`, '/fine']
  const { rules, left } = suggestRules(paths.map((path) => ({ method: 'GET', host, path })))
  assert.equal(left, 3)
  assert.deepEqual(rules.rules, [{ effect: 'allow', hosts: [host], methods: ['GET'], paths: ['/fine'] }])
})
