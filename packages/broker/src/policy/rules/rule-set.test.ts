import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule, RuleList } from '@coatcheck/contract'
import { readJsonDocument } from './json-document.ts'
import { type RuleBody, ruleRequest } from './rule-request.ts'
import { type RuleDecision, RuleSet } from './rule-set.ts'

interface Asked {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly fields?: readonly { readonly name: string; readonly value: string }[]
  readonly body?: RuleBody
}

function ask(list: RuleList, { method = 'GET', host = 'api.example.com', ...rest }: Asked): RuleDecision {
  const { path = '/', query = '', fields = [], body = 'none' } = rest
  return new RuleSet(list).decide(
    ruleRequest({ method, host, path, query, body, bytes: 'awaited', fields: () => fields }),
  )
}

function list(rules: readonly Rule[], otherwise: RuleList['default'] = 'deny'): RuleList {
  return { default: otherwise, rules }
}

const any = { methods: 'any', paths: 'any' } as const

test('G1: payment intents are allowed, payouts refused, whatever stands between', () => {
  const rules = list([{ effect: 'allow', methods: ['POST'], paths: ['/v1/payment_intents', '/v1/payment_intents/*'] }])
  const allowed = (method: string, path: string) => ask(rules, { method, path }).effect === 'allow'
  assert.ok(allowed('POST', '/v1/payment_intents'))
  assert.ok(allowed('POST', '/v1/payment_intents/pi_1'))
  for (const path of [
    '/v1/payouts',
    '/v1/payment_intents/pi_1/cancel',
    '/v1',
    '/v1/payment_intentsx',
    '/V1/payment_intents',
  ])
    assert.ok(!allowed('POST', path), path)
  assert.ok(!allowed('GET', '/v1/payment_intents'))
})

test('deny wins over ask, ask over allow, allow over the default, whatever their order', () => {
  const all: Rule[] = [
    { effect: 'allow', ...any },
    { effect: 'ask', methods: ['POST', 'DELETE'], paths: 'any', approvers: ['ops'] },
    { effect: 'deny', methods: ['DELETE'] },
  ]
  for (const rules of [all, all.toReversed()]) {
    assert.equal(ask(list(rules), { method: 'GET' }).effect, 'allow')
    assert.equal(ask(list(rules), { method: 'POST' }).effect, 'ask')
    assert.equal(ask(list(rules), { method: 'DELETE' }).effect, 'deny')
  }
  assert.deepEqual(ask(list([]), {}), { effect: 'deny', rule: null })
  assert.deepEqual(ask(list([], 'allow'), {}), { effect: 'allow', rule: null })
  assert.deepEqual(ask(list(all), { method: 'POST' }), { effect: 'ask', rule: 'rules[1]', approvers: ['ops'] })
})

test('HEAD follows GET, and another case of a method is no way past a rule that denies', () => {
  const rules = list([{ effect: 'allow', methods: ['GET'], paths: 'any' }])
  assert.equal(ask(rules, { method: 'HEAD' }).effect, 'allow')
  assert.equal(ask(rules, { method: 'get' }).effect, 'deny')
  assert.equal(ask(list([{ effect: 'deny', methods: ['DELETE'] }], 'allow'), { method: 'dElEtE' }).effect, 'deny')
})

for (const [pattern, fits, differs] of [
  [
    '/repos/*',
    ['/repos/a'],
    ['/repos', '/repos/', '/repos/a/b', '/repos/a%2Fb', '/repos/a;x', '/repos/a%3Bx', '/Repos/a'],
  ],
  [
    '/repos/**',
    ['/repos', '/repos/', '/repos/a', '/repos/a/b', '/repos/a%2Fb'],
    ['/repo', '/reposx', '/x/repos/a', '/repos/%252e%252e/x'],
  ],
  [
    '/**/git-upload-pack',
    ['/git-upload-pack', '/a/b.git/git-upload-pack'],
    ['/git-upload-pack/x', '/a/git-receive-pack'],
  ],
  ['/a/**/b/*', ['/a/b/c', '/a/x/y/b/c', '/a/b/b/c'], ['/a/b', '/a/x/b/c/d']],
  ['/v1/a-*/x', ['/v1/a-1/x', '/v1/a-/x'], ['/v1/b-1/x', '/v1/a-%2F/x']],
  ['/projects/g%2Fp', ['/projects/g%2Fp'], ['/projects/g/p', '/projects/g%2Fq']],
  ['/', ['/'], ['/a']],
] as const) {
  test(`the pattern ${pattern} allows what it says, and no more`, () => {
    const rules = list([{ effect: 'allow', methods: 'any', paths: [pattern] }])
    for (const path of fits) assert.equal(ask(rules, { path }).effect, 'allow', path)
    for (const path of differs) assert.equal(ask(rules, { path }).effect, 'deny', path)
  })
}

test('R-21, R-34: no spelling of a path gets past a rule that denies it', () => {
  const rules = list([{ effect: 'deny', paths: ['/v1/payouts/**', '/admin/*'] }], 'allow')
  for (const path of [
    ...['/v1/payouts', '/v1/payouts/', '/V1/Payouts', '/v1/payouts;x=1', '/v1/payouts;x/po_1', '/v1/payouts.json'],
    ...['/v1%2Fpayouts', '/v1%252Fpayouts', '/v1/%70ayouts', '/v1//payouts', '/v1/payouts%2Fpo_1', '/v1;a/payouts'],
    ...['/x/%252e%252e/v1/payouts', '/admin/x', '/ADMIN/x', '/admin%2Fx', '/admin/x/', '/admin/x%3Bjsessionid=1'],
  ]) {
    assert.equal(ask(rules, { path }).effect, 'deny', path)
  }
  for (const path of ['/v1/payments', '/v1/payoutsx', '/administrator', '/admin/x/y'])
    assert.equal(ask(rules, { path }).effect, 'allow', path)
})

test('hosts are exact or a suffix', () => {
  const rules = list([{ effect: 'allow', ...any, hosts: ['api.example.com', '*.eu.example.com'] }])
  for (const host of ['api.example.com', 'a.eu.example.com']) assert.equal(ask(rules, { host }).effect, 'allow')
  for (const host of ['eu.example.com', 'api.example.com.evil.test', 'xapi.example.com'])
    assert.equal(ask(rules, { host }).effect, 'deny')
})

test('a parameter or a field decides only where it stands there once, in the spelling of the rule', () => {
  const rules = list([{ effect: 'allow', ...any, query: { dry_run: '1' }, headers: { 'x-team': 'blue-*' } }])
  const fields = [{ name: 'X-Team', value: 'blue-7' }]
  assert.equal(ask(rules, { query: '?dry_run=1', fields }).effect, 'allow')
  for (const query of [
    '',
    '?dry_run=0',
    '?dry_run=1&dry_run=0',
    '?dry_run=1&DryRun=0',
    '?dry_run=1;dry_run=0',
    '?dry-run=1',
    '?dry_run=1&dry_run[]=0',
  ])
    assert.equal(ask(rules, { query, fields }).effect, 'deny', query)
  for (const others of [
    [],
    [{ name: 'X-Team', value: 'red' }],
    [...fields, ...fields],
    [{ name: 'X_Team', value: 'blue-7' }],
  ])
    assert.equal(ask(rules, { query: '?dry_run=1', fields: others }).effect, 'deny')
  const denying = list([{ effect: 'deny', query: { force: 'true' } }], 'allow')
  for (const query of ['?force=true', '?force=true&force=false', '?Force=true', '?f%6Frce=true'])
    assert.equal(ask(denying, { query }).effect, 'deny', query)
  assert.equal(ask(denying, { query: '?force=false' }).effect, 'allow')
})

test('AC-6.4: without its body, a request waits where the body decides, and nowhere else', () => {
  const small: Rule = { effect: 'allow', methods: ['POST'], paths: ['/v1/x'], body: [{ at: '/amount', atMost: 100 }] }
  const asked = (body: RuleBody, rules = list([small])) => ask(rules, { method: 'POST', path: '/v1/x', body })
  assert.deepEqual(asked('awaited'), { effect: 'awaits-body', isBeginningEnough: false })
  assert.deepEqual(asked('awaited', list([small, { effect: 'allow', ...any }])), { effect: 'allow', rule: 'rules[1]' })
  assert.deepEqual(asked('awaited', list([small, { effect: 'deny' }])), { effect: 'deny', rule: 'rules[1]' })
  assert.deepEqual(asked('none'), { effect: 'deny', rule: null })
  assert.deepEqual(asked({ unreadable: 'it is compressed' }), {
    effect: 'deny',
    rule: 'rules[0]',
    unreadable: 'it is compressed',
  })
  const json = (text: string) => asked(readJsonDocument(Buffer.from(text)))
  assert.equal(json('{"amount":100}').effect, 'allow')
  for (const text of [
    '{"amount":101}',
    '{"amount":"1"}',
    '{"Amount":1}',
    '{"amount":1,"amount":9999}',
    '{"amount":1,"AMOUNT":9999}',
    '[]',
    '',
    '{}',
  ])
    assert.equal(json(text).effect, 'deny', text)
})

test('what cannot be said of a rule that denies refuses, even where another allows', () => {
  const rules = list([
    { effect: 'deny', body: [{ at: '/admin', equals: true }] },
    { effect: 'allow', ...any },
  ])
  const json = (text: string) => ask(rules, { method: 'POST', body: readJsonDocument(Buffer.from(text)) }).effect
  assert.equal(json('{"admin":false}'), 'allow')
  assert.equal(json('{}'), 'allow')
  for (const text of [
    '{"admin":true}',
    '{"admin":"true"}',
    '{"Admin":true}',
    '{"admin":false,"admin":true}',
    'admin=true',
  ])
    assert.equal(json(text), 'deny', text)
})

test('the preset read-only lets nothing through that changes something, but git fetch', () => {
  const rules: RuleList = { default: 'allow', presets: ['read-only'], rules: [] }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal(ask(rules, { method }).effect, 'allow')
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'MKCOL', 'QUERY'])
    assert.deepEqual(ask(rules, { method, path: '/a' }), { effect: 'deny', rule: 'read-only' })
  assert.equal(ask(rules, { method: 'POST', path: '/o/r.git/git-upload-pack' }).effect, 'allow')
  assert.equal(ask(rules, { method: 'POST', path: '/o/r.git/git-receive-pack' }).effect, 'deny')
  assert.equal(ask(rules, { method: 'POST', path: '/x%2Fgit-upload-pack' }).effect, 'deny')
})

for (const [what, rule, reason] of [
  ['without methods', { effect: 'allow', paths: 'any' }, /`methods` is missing/],
  ['without paths', { effect: 'ask', methods: 'any' }, /`paths` is missing/],
  ['with no paths', { effect: 'deny', paths: [] }, /empty/],
  ['with approvers that nobody asks', { effect: 'allow', ...any, approvers: ['a'] }, /only for `ask`/],
  ['with a path that goes up', { effect: 'deny', paths: ['/a/../b'] }, /dot_segment/],
  ['with a query in the path', { effect: 'deny', paths: ['/a?b'] }, /no query/],
  ['with `**` in a segment', { effect: 'deny', paths: ['/a/b**'] }, /segment of its own/],
  ['with a host that is none', { effect: 'deny', hosts: ['https://a.example'] }, /plain host/],
  ['with a pointer that is none', { effect: 'deny', body: [{ at: 'a', present: true }] }, /pointer/],
  ['with two operators', { effect: 'deny', body: [{ at: '/a', present: true, equals: 1 }] }, /exactly one/],
] as const) {
  test(`AC-6.3: a rule ${what} is refused`, () => {
    assert.throws(
      () => new RuleSet(list([rule as Rule])),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'rule_invalid')
        assert.match(error.message, reason)
        return true
      },
    )
  })
}

test('of a request that reaches no service, only rules that were written to deny it are asked', () => {
  const answered = (rules: RuleList, method = 'POST', body: RuleBody = 'none') =>
    new RuleSet(rules).decideAnswered(
      ruleRequest({
        ...{ method, host: 'auth.example.com', path: '/token', query: '', bytes: 'awaited', body },
        fields: () => [],
      }),
    )
  const nothing = { effect: 'allow', rule: null }
  assert.deepEqual(answered(list([])), nothing)
  assert.deepEqual(answered({ ...list([]), presets: ['read-only', 'no-admin', 'no-api-push'] }), nothing)
  assert.deepEqual(answered(list([{ effect: 'ask', ...any }])), nothing)
  const gets = list([
    { effect: 'allow', ...any },
    { effect: 'deny', methods: ['GET'] },
  ])
  assert.deepEqual(answered(gets), nothing)
  assert.deepEqual(answered(gets, 'GET'), { effect: 'deny', rule: 'rules[1]' })
  const large = list([{ effect: 'deny', body: [{ at: '/amount', atLeast: 1 }] }], 'allow')
  assert.equal(answered(large, 'POST', 'awaited').effect, 'awaits-body')
  assert.equal(answered(large, 'POST', { unreadable: 'it is compressed' }).effect, 'deny')
})
