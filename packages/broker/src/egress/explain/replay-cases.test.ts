import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleCase, RuleList } from '@coatcheck/contract'
import { replayRules } from '../../config/replay-rules.ts'
import { replayCases } from './replay-cases.ts'

const api = 'https://api.stripe.com'
const list: RuleList = {
  default: 'deny',
  rules: [
    {
      name: 'small',
      effect: 'allow',
      methods: ['POST'],
      paths: ['/v1/payment_intents'],
      body: [{ at: '/amount', atMost: 500 }],
    },
    { name: 'look', effect: 'allow', methods: ['GET'], paths: ['/v1/**'] },
    { name: 'live', effect: 'deny', headers: { 'x-mode': 'live' } },
    { name: 'big', effect: 'ask', methods: ['POST'], paths: ['/v1/refunds'] },
    { name: 'ops', effect: 'allow', methods: ['PUT'], paths: 'any', when: 'sandbox.labels.team == "ops"' },
    {
      name: 'fetch',
      effect: 'allow',
      methods: 'any',
      paths: 'any',
      action: { kind: 'git', repositories: ['a/b'], access: ['read'] },
    },
  ],
}

for (const [what, expected, request] of [
  ['a body that fits', ['allow', 'small'], { method: 'POST', url: `${api}/v1/payment_intents`, body: { amount: 500 } }],
  [
    'one that does not',
    ['deny', 'default'],
    { method: 'POST', url: `${api}/v1/payment_intents`, body: { amount: 501 } },
  ],
  [
    'one that cannot be read',
    ['deny', 'small'],
    { method: 'POST', url: `${api}/v1/payment_intents`, text: '{"amount":1' },
  ],
  ['a rule that asks', ['ask', 'big'], { method: 'POST', url: `${api}/v1/refunds` }],
  ['a header', ['deny', 'live'], { method: 'GET', url: `${api}/v1/x`, headers: { 'X-Mode': 'live' } }],
  ['a sandbox', ['allow', 'ops'], { method: 'PUT', url: `${api}/x`, sandbox: { labels: { team: 'ops' } } }],
  ['another sandbox', ['deny', 'default'], { method: 'PUT', url: `${api}/x`, sandbox: { labels: { team: 'x' } } }],
  ['an ambiguous path', ['deny', null], { method: 'GET', url: `${api}/v1/%2e%2e/x` }],
  ['another method', ['deny', null], { method: 'GET', url: `${api}/v1/x?_method=DELETE` }],
  [
    'a recorded request that rules ask more about',
    ['unknown', null],
    { method: 'GET', url: `${api}/v1/x`, partial: true },
  ],
] as const) {
  test(`AC-6.5: ${what}: ${expected[0]}`, () => {
    const [outcome, decidedBy] = expected
    const [result] = replayCases(list, [{ request, expect: outcome }])
    assert.deepEqual([result?.outcome, result?.decidedBy, result?.passes], [outcome, decidedBy, true])
    const other: RuleCase = { request, expect: outcome === 'allow' ? 'deny' : 'allow' }
    assert.equal(replayCases(list, [other])[0]?.passes, false)
  })
}

test('AC-6.5: a recorded request that method, host and path decide about is told', () => {
  const rules: RuleList = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/a'] }] }
  const at = (path: string): RuleCase => ({
    request: { method: 'GET', url: `${api}${path}`, partial: true },
    expect: path === '/a' ? 'allow' : 'deny',
  })
  assert.ok(replayCases(rules, [at('/a'), at('/b')]).every(({ passes }) => passes))
})

test('AC-6.5: presets refuse the dangerous calls of what a case carries', () => {
  const rules: RuleList = { default: 'allow', presets: ['no-money'], rules: [] }
  const request = { method: 'POST', url: `${api}/v1/payouts`, grants: [{ env: 'KEY', provider: 'stripe' }] }
  const [result] = replayCases(rules, [{ request, expect: 'deny' }])
  assert.equal(result?.passes, true)
  assert.match(String(result?.reason), /money/)
})

test('AC-6.5: what is no list or no case is refused', () => {
  for (const [rules, cases] of [
    [{}, []],
    [{ ...list, more: 1 }, []],
    [list, [{ expect: 'allow' }]],
    [list, undefined],
    [{ default: 'deny', rules: [{ effect: 'deny', when: 'x' }] }, []],
  ])
    assert.throws(() => replayRules(rules, cases), { name: 'CoatcheckError' })
})
