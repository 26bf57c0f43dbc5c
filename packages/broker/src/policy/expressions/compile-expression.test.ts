import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type Rule, type RuleList } from '@coatcheck/contract'
import { readJsonDocument } from '../rules/json-document.ts'
import { lintRules } from '../rules/lint-rules.ts'
import { type RuleSender, ruleRequest } from '../rules/rule-request.ts'
import { type RuleDecision, RuleSet } from '../rules/rule-set.ts'

const sender: RuleSender = {
  sandbox: { id: 'sb_1', name: 'web', profile: 'dev', labels: { team: 'pay' } },
  grants: [{ env: 'STRIPE_KEY', secret: 'stripe', provider: 'stripe' }],
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly fields?: Readonly<Record<string, string>> | readonly { name: string; value: string }[]
  readonly body?: unknown
  readonly sent?: RuleSender
}

function ask(when: string, asked: Asked = {}, effect: Rule['effect'] = 'allow', otherwise?: 'allow'): RuleDecision {
  const { method = 'POST', path = '/v1/charges', query = '', fields = [], body, sent = sender } = asked
  const rules: RuleList = {
    default: otherwise ?? (effect === 'allow' ? 'deny' : 'allow'),
    rules: [{ effect, methods: 'any', paths: 'any', when }],
  }
  const named = Array.isArray(fields) ? fields : Object.entries(fields).map(([name, value]) => ({ name, value }))
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new RuleSet(rules).decide(
    ruleRequest({
      method,
      host: 'api.example.com',
      path,
      query,
      body: text === undefined ? 'none' : readJsonDocument(Buffer.from(text)),
      bytes: undefined,
      fields: () => named,
      sender: () => sent,
    }),
  )
}

const outcome = (decision: RuleDecision): string => ('unreadable' in decision ? 'unreadable' : decision.effect)

for (const [when, asked, expected] of [
  ['body.amount <= 100', { body: { amount: 100 } }, 'allow'],
  ['body.amount <= 100', { body: { amount: 100.5 } }, 'deny'],
  ['body.amount <= 100', { body: {} }, 'unreadable'],
  ['body.amount <= 100', {}, 'unreadable'],
  ['body.amount <= 100', { body: { amount: '5' } }, 'unreadable'],
  ['body.amount == 5', { body: { amount: '5' } }, 'unreadable'],
  ['body.amount in [4, 5]', { body: { amount: '5' } }, 'unreadable'],
  ['body.amount <= 100', { body: '{"amount":1e999}' }, 'unreadable'],
  ['body.amount <= 100', { body: '{"amount":5,"Amount":500}' }, 'unreadable'],
  ['has(body.amount) && body.amount <= 100', { body: {} }, 'deny'],
  ['!has(body.admin)', { body: { ADMIN: true } }, 'unreadable'],
  ['!("admin" in body)', { body: { Admin: true } }, 'unreadable'],
  ['body.items.all(item, item.price < 10.0)', { body: { items: [{ price: 1 }, { price: 9 }] } }, 'allow'],
  ['body.items.all(item, item.price < 10.0)', { body: { items: [{ price: 1 }, { price: 10 }] } }, 'deny'],
  ['body.items.all(item, item.price < 10.0)', { body: { items: [{ price: 1 }, {}] } }, 'unreadable'],
  ['path.matches("^/v1/(charges|refunds)$")', {}, 'allow'],
  ['path.matches("^/v1/(charges|refunds)$")', { path: '/v1/payouts' }, 'deny'],
  ['path.startsWith("/v1/") && method == "POST" && host.endsWith(".example.com")', {}, 'allow'],
  ['query.limit == "5"', { query: '?limit=5' }, 'allow'],
  ['query.limit == "5"', { query: '?limit=5&limit=500' }, 'unreadable'],
  ['query.limit == "5"', { query: '?limit[]=5' }, 'unreadable'],
  ['headers["x-mode"] == "live"', { fields: { 'X-Mode': 'live' } }, 'allow'],
  ['headers["x-mode"] == "live"', { fields: { X_Mode: 'live' } }, 'unreadable'],
  [
    'headers["x-mode"] == "live"',
    {
      fields: [
        { name: 'x-mode', value: 'live' },
        { name: 'X-Mode', value: 'test' },
      ],
    },
    'unreadable',
  ],
  ['sandbox.labels.team == "pay" && sandbox.name == "web" && sandbox.profile == "dev"', {}, 'allow'],
  ['sandbox.labels.team == "ops"', {}, 'deny'],
  ['grants.exists(grant, grant.provider == "stripe" && grant.env == "STRIPE_KEY")', {}, 'allow'],
  ['grants.size() == 0', { sent: { ...sender, grants: 'awaited' } }, 'awaits-body'],
  ['1 / 0 == 1', {}, 'unreadable'],
  ['method', {}, 'unreadable'],
  ['body == null', {}, 'allow'],
] as const) {
  test(`a rule that allows when ${when}, of ${JSON.stringify(asked).slice(0, 90)}: ${expected}`, () => {
    assert.equal(outcome(ask(when, asked as Asked)), expected)
  })
}

for (const [what, when, asked] of [
  ['that throws', 'body.missing.deeper == 1', { body: { missing: 1 } }],
  ['that divides by zero', '1 / int(body.n) == 1', { body: { n: 0 } }],
  ['that reads a missing field', 'body.amount > 100.0', { body: { other: 1 } }],
  ['that finds another type', 'body.amount > 100.0', { body: { amount: '500' } }],
] as const) {
  test(`R-26: an expression ${what} refuses, in rules that allow and in rules that deny`, () => {
    for (const effect of ['allow', 'ask', 'deny'] as const) {
      const decision = ask(when, asked, effect, 'allow')
      if (effect === 'allow') assert.equal(decision.effect, 'allow', 'the default allows it anyway')
      else assert.equal(outcome(decision), 'unreadable', effect)
    }
    assert.equal(outcome(ask(when, asked)), 'unreadable')
  })
}

test('R-28: a rule that is about a credential is asked once it is known which one the request carries', () => {
  const when = 'grants.exists(grant, grant.secret == "stripe")'
  assert.equal(ask(when, {}, 'deny').effect, 'deny')
  assert.equal(ask(when, { sent: { ...sender, grants: [] } }, 'deny').effect, 'allow')
  assert.equal(ask(when, { sent: { ...sender, grants: 'awaited' } }, 'deny').effect, 'awaits-body')
})

test('R-21 to R-24: an expression that denies a path holds for every way in which a service may read it', () => {
  for (const path of [
    '/v1/payouts',
    '/V1/Payouts',
    '/v1;x/payouts',
    '/v1/payouts/',
    '/v1%2Fpayouts',
    '/v1/payouts.json',
  ])
    assert.equal(ask('path == "/v1/payouts"', { path }, 'deny').effect, 'deny', path)
  assert.equal(ask('path == "/v1/payouts"', { path: '/v1/charges' }, 'deny').effect, 'allow')
  assert.equal(ask('method == "DELETE"', { method: 'delete' }, 'deny').effect, 'deny')
})

for (const [when, reason] of [
  ['body.amount <', /expecting/],
  ['password == "x"', /no variable password/],
  ['path.split("/") == []', /no function split/],
  ['path.matches(body.pattern)', /written out/],
  ['path.matches("(a+")', /./],
  [`path.matches("${'a'.repeat(257)}")`, /longer than 256/],
  ['path.matches("(a{1,100}){1,100}")', /repeat/],
  ['body.a.all(x, x.all(y, y.all(z, z == 1)))', /loops/],
  [`${'('.repeat(25)}1${')'.repeat(25)} == 1`, /brackets/],
  [`true${' && path == ""'.repeat(140)}`, /long/],
  [`path == "${'a'.repeat(2048)}"`, /longer than 2048/],
  ['google.protobuf.Value{} == null', /type|variable/],
] as const) {
  test(`refused when saved: ${when.slice(0, 60)}`, () => {
    assert.throws(
      () => new RuleSet({ default: 'deny', rules: [{ effect: 'deny', when }] }),
      (error) =>
        error instanceof CoatcheckError && error.code === 'rule_invalid' && reason.test(String(error.facts['reason'])),
    )
  })
}

test('what an agent sends cannot make an expression run for long', () => {
  const items = Array.from({ length: 20_000 }, (_, index) => index)
  for (const when of [
    'body.items.all(x, body.items.all(y, true))',
    'body.items.all(x, body.items.exists(y, x == y))',
    'body.items.all(x, body.text.matches("(a+)+$"))',
    'body.items.all(x, body.items == body.items)',
    'body.items.map(x, x + 1.0).size() == 0 || body.items.all(x, body.items.size() > 0 && body.text.contains("b"))',
  ])
    assert.equal(outcome(ask(when, { body: { items, text: 'a'.repeat(2000) } })), 'unreadable', when)
  assert.equal(ask('body.items.all(x, x >= 0.0)', { body: { items } }).effect, 'allow', 'one pass over it is well')
  assert.equal(ask('true || body.items.all(x, body.items.all(y, true))', { body: { items } }).effect, 'allow')
  const many = new RuleSet({
    default: 'allow',
    rules: Array.from({ length: 100 }, (_, index) => ({
      effect: 'deny',
      when: `body.items.exists(x, x == -${index + 1}.0)`,
    })),
  })
  const body = readJsonDocument(Buffer.from(JSON.stringify({ items })))
  const request = { method: 'POST', host: 'a.test', path: '/', query: '', body, bytes: undefined, fields: () => [] }
  assert.equal(outcome(many.decide(ruleRequest(request))), 'unreadable', 'nor can many of them together')
})

test('lint names fields that may not be there', () => {
  const findings = lintRules({
    default: 'deny',
    rules: [
      { effect: 'deny', when: 'body.a.b == 1.0 || (has(body.c) && body.c == 2.0)' },
      { effect: 'allow', methods: ['POST'], paths: ['/v1/charges'], when: '"x-a" in headers && headers["x-a"] == "1"' },
    ],
  })
  assert.deepEqual(
    findings.map(({ rule, kind, says }) => [rule, kind, says.slice(0, 10)]),
    [['rules[0]', 'unguarded-field', '`body.a.b`']],
  )
})
