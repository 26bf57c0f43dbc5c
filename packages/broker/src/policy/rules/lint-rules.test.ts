import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule, RuleList } from '@coatcheck/contract'
import { lintRules } from './lint-rules.ts'

const kindsOf = (list: RuleList): readonly string[] => lintRules(list).map(({ kind, rule }) => `${rule} ${kind}`)
const closed = (...rules: readonly Rule[]): RuleList => ({ default: 'deny', rules })

test('G1: lint names breadth in words', () => {
  const [found] = lintRules(closed({ effect: 'allow', methods: ['GET'], paths: ['/repos/*'] }))
  assert.deepEqual(found, { rule: 'rules[0]', kind: 'broad-path', says: '`/repos/*`: every repository' })
  const says = (path: string) =>
    lintRules(closed({ effect: 'allow', methods: ['GET'], paths: [path] })).map((each) => each.says)
  assert.deepEqual(says('/v1/customers/*/cards'), ['`/v1/customers/*/cards`: every customer'])
  assert.deepEqual(says('/v1/**'), ['`/v1/**`: everything below /v1'])
  assert.deepEqual(says('/**'), ['`/**`: everything below the root of the host'])
  assert.deepEqual(says('/v1/models'), [])
})

test('any method on any path, and a default that allows, are named', () => {
  assert.deepEqual(kindsOf(closed({ effect: 'allow', methods: 'any', paths: 'any' })), ['rules[0] any-of-all'])
  assert.deepEqual(kindsOf({ default: 'allow', rules: [] }), ['default allow-by-default', 'default unguarded'])
  assert.deepEqual(kindsOf({ default: 'allow', presets: ['no-money'], rules: [] }), ['default allow-by-default'])
  assert.deepEqual(kindsOf({ default: 'allow', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] }), [
    'default allow-by-default',
    'default unguarded',
    'rules[0] dead-rule',
  ])
  assert.deepEqual(kindsOf(closed({ effect: 'allow', methods: ['POST'], paths: ['/v1/a'] })), ['rules[0] unguarded'])
  assert.deepEqual(kindsOf(closed({ effect: 'deny', paths: ['/v1/**'] })), [])
  const guarded: Rule = { effect: 'allow', methods: ['POST'], paths: ['/v1/a'], body: [{ at: '/amount', atMost: 5 }] }
  assert.deepEqual(kindsOf(closed(guarded)), [])
})

test('what looks like a credential is named, and not repeated', () => {
  const key = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'
  const rule: Rule = { effect: 'allow', methods: ['GET'], paths: ['/v1/models'] }
  for (const part of [
    { paths: [`/v1/${key}/**`] },
    { name: key },
    { when: `body.key == "${key}"` },
    { headers: { 'x-key': key } },
    { body: [{ at: '/key', equals: key }] },
  ] as const) {
    const findings = lintRules(closed({ ...rule, ...part }))
    assert.ok(
      findings.some(({ kind }) => kind === 'credential'),
      JSON.stringify(part),
    )
    assert.ok(!JSON.stringify(findings).includes(key), JSON.stringify(findings))
  }
  assert.deepEqual(lintRules(closed(rule)), [])
})

test('G1: a rule that denies writing wherever it is denies signing in as well, and lint says so', () => {
  for (const rule of [
    { effect: 'deny' },
    { effect: 'deny', methods: ['POST'] },
    { effect: 'deny', methods: ['DELETE', 'POST'], paths: 'any' },
    { effect: 'deny', methods: 'any', paths: ['/**'] },
  ] as const) {
    const [finding, ...others] = lintRules(closed(rule))
    assert.deepEqual([finding?.kind, others], ['denied-sign-in', []], JSON.stringify(rule))
    assert.match(finding!.says, /no client can sign in at a token endpoint/)
  }
})

test('G1: a rule that denies and says where, or asks for more, or leaves POST alone, denies no signing in', () => {
  for (const more of [
    { methods: ['DELETE', 'PUT', 'PATCH'] },
    { methods: ['POST'], paths: ['/v1/payouts'] },
    { methods: ['POST'], hosts: ['api.stripe.com'] },
    { methods: ['POST'], query: { force: 'true' } },
    { methods: ['POST'], body: [{ at: '/amount', atLeast: 100 }] },
    { methods: ['POST'], when: 'body.amount > 100.0' },
  ] as const) {
    const found = kindsOf(closed({ effect: 'deny', ...more }))
    assert.ok(!found.includes('rules[0] denied-sign-in'), JSON.stringify(more))
  }
})
