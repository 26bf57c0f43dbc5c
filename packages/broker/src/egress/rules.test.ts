import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { RuleList } from '@coatcheck/contract'
import { signAwsRequest } from '../foundation/sign-aws-request.ts'
import type { HeaderField } from '../http/header-field.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { openExchangeScene, type SceneSecret } from './exchange-scene.suite.ts'

const host = 'api.service.test'
const scopes = [{ to: host, inject: { kind: 'bearer' } }]
const closed = (...rules: RuleList['rules']): RuleList => ({ default: 'deny', rules })
const intents: RuleList = closed({
  name: 'intents',
  effect: 'allow',
  methods: ['POST'],
  paths: ['/v1/payment_intents'],
})
const everything: RuleList = { default: 'allow', rules: [] }

interface Call {
  readonly method?: string
  readonly target?: string
  readonly fields?: readonly HeaderField[]
  readonly body?: string | Buffer
  readonly type?: string
  /** Variable of the placeholder; null for none. */
  readonly env?: string | null
}

function openDesk(context: TestContext, secrets: Readonly<Record<string, Partial<SceneSecret>>>, project?: RuleList) {
  const installation = createInstallation(context).open()
  const filled = Object.entries(secrets).map(([env, secret]) => [
    env,
    { value: `value-of-${env}-0123456789`, scopes, ...secret },
  ])
  const scene = openExchangeScene(installation, Object.fromEntries(filled))
  if (project !== undefined) installation.storage.rules.save('default', project)
  const send = async ({
    method = 'POST',
    target = '/v1/payment_intents',
    fields = [],
    body,
    type,
    env = 'KEY',
  }: Call) => {
    const bytes = Buffer.from(body ?? '')
    scene.carrier.wholeBody = () => [bytes]
    const sent = [
      ...fields,
      ...(body === undefined ? [] : [{ name: 'Content-Type', value: type ?? 'application/json' }]),
      ...(env === null ? [] : [{ name: 'Authorization', value: `Bearer ${scene.env[env]}` }]),
    ]
    const answer = await scene.send({ host, method, target, fields: sent })
    const { body: written = bytes } = (answer.head ?? {}) as { readonly body?: Buffer }
    return { ...answer, arrived: answer.head && written.toString() }
  }
  const codeOf = async (call: Call) => (await send(call)).code
  return { scene, installation, send, codeOf }
}

for (const place of ['grantRules', 'rules'] as const) {
  test(`G1: a list on the ${place === 'rules' ? 'secret' : 'grant'} lets one call through and refuses the others, with the rule`, async (context) => {
    const { scene, codeOf, send } = openDesk(context, { KEY: { [place]: intents } })
    assert.equal(await codeOf({}), undefined)
    for (const call of [{ target: '/v1/payouts' }, { method: 'GET' }, { target: '/v1/payment_intents/x' }])
      assert.equal(await codeOf(call), 'rule_denied', JSON.stringify(call))
    const { records } = await send({ target: '/v1/payouts' })
    assert.deepEqual(
      records.map(({ kind, rule, note }) => ({ kind, rule, note })),
      [
        {
          kind: 'exchange.refused',
          rule: 'default',
          note: `list: ${place === 'rules' ? 'secret of KEY' : 'grant KEY'}`,
        },
      ],
    )
    assert.equal(scene.dialled.length, 1, 'nothing is dialled for what is refused')
  })
}

test('the list of the project holds for every request, with a secret or without', async (context) => {
  const { codeOf, installation } = openDesk(context, { KEY: {} }, intents)
  assert.equal(await codeOf({}), undefined)
  assert.equal(await codeOf({ env: null }), undefined)
  assert.equal(await codeOf({ env: null, target: '/v1/payouts' }), 'rule_denied')
  installation.storage.rules.save('default', undefined)
  assert.equal(await codeOf({ target: '/v1/payouts' }), undefined)
})

test('a request passes all lists that apply', async (context) => {
  const post = closed({ effect: 'allow', methods: ['POST'], paths: 'any' })
  const versioned = closed({ effect: 'allow', methods: 'any', paths: ['/v1/**'] })
  const noPayouts: RuleList = { default: 'allow', rules: [{ effect: 'deny', paths: ['/v1/payouts'] }] }
  const { codeOf } = openDesk(context, { KEY: { grantRules: post, rules: versioned } }, noPayouts)
  assert.equal(await codeOf({ target: '/v1/x' }), undefined)
  for (const call of [{ method: 'GET', target: '/v1/x' }, { target: '/v2/x' }, { target: '/v1/payouts' }])
    assert.equal(await codeOf(call), 'rule_denied', JSON.stringify(call))
})

test('without a secret, the lists of one grant that covers the host have to let a request through', async (context) => {
  const { codeOf } = openDesk(context, {
    KEY: { grantRules: intents },
    OTHER: { grantRules: closed({ effect: 'allow', methods: ['GET'], paths: ['/other'] }) },
  })
  assert.equal(await codeOf({ env: null }), undefined)
  assert.equal(await codeOf({ env: null, method: 'GET', target: '/other' }), undefined)
  assert.equal(await codeOf({ env: null, method: 'GET', target: '/third' }), 'rule_denied')
  assert.equal(await codeOf({ env: 'OTHER' }), 'rule_denied')
})

test('a verdict is remembered no longer than the lists stand', async (context) => {
  const { codeOf, installation } = openDesk(context, { KEY: { rules: everything } })
  assert.equal(await codeOf({ target: '/v1/payouts' }), undefined)
  installation.vault.rescope('default', 'key', undefined, undefined, intents)
  assert.equal(await codeOf({ target: '/v1/payouts' }), 'rule_denied')
})

test('SEC-02: a list is narrowed without the value, and neither widened nor taken away', (context) => {
  const { installation } = openDesk(context, { KEY: { rules: intents } })
  const { vault } = installation
  assert.throws(() => vault.rescope('default', 'key', undefined, undefined, everything), { code: 'value_required' })
  assert.throws(() => vault.rescope('default', 'key', undefined, undefined, null), { code: 'value_required' })
  vault.rescope('default', 'key', undefined, undefined, closed())
  assert.deepEqual(vault.get('default', 'key').rules, closed())
})

test('AC-6.4: X-HTTP-Method-Override and its kin are refused under rules', async (context) => {
  const { codeOf } = openDesk(context, { KEY: { rules: everything } })
  assert.equal(await codeOf({}), undefined)
  for (const name of ['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override', 'X_HTTP_Method_Override'])
    assert.equal(await codeOf({ fields: [{ name, value: 'DELETE' }] }), 'rule_unevaluable', name)
  assert.equal(await codeOf({ target: '/v1/payment_intents?_method=delete' }), 'rule_unevaluable')
})

test('R-21 to R-34: no spelling of a path that a list denies reaches the service', async (context) => {
  const list: RuleList = { default: 'allow', rules: [{ effect: 'deny', paths: ['/v1/payouts/**'] }] }
  const { codeOf } = openDesk(context, { KEY: { rules: list } })
  assert.equal(await codeOf({ target: '/v1/charges' }), undefined)
  for (const target of [
    ...['/v1/payouts', '/v1/payouts?x=1', '/v1/PAYOUTS', '/v1/%70ayouts', '/v1/payouts/', '/v1/payouts;a=b'],
    ...['/v1%2Fpayouts', '/v1/payouts%2Fpo', '/v1/payouts%3Bx', '/v1//payouts', '/v1/./payouts', '/v1/x/../payouts'],
    ...[
      '/v1/x/%2e%2e/payouts',
      '/v1/x%2F..%2Fpayouts',
      '/v1/x/..;/payouts',
      '/v1\\payouts',
      '/v1/%2570ayouts',
      '//v1/payouts',
    ],
  ]) {
    const code = await codeOf({ target })
    assert.ok(code === 'rule_denied' || code === 'path_ambiguous', `${target}: ${code}`)
  }
})

const small: RuleList = closed({
  effect: 'allow',
  methods: ['POST'],
  paths: ['/v1/payment_intents'],
  body: [
    { at: '/amount', atMost: 100 },
    { at: '', only: ['amount', 'note'] },
  ],
})

test('G2: a body is checked, and what is sent is what was checked', async (context) => {
  const { codeOf, scene, send } = openDesk(context, { KEY: { grantRules: small } })
  const { code, arrived, head } = await send({
    body: '{ "amount": 1.50,\n "note": "caf\\u00e9 \\/ 12345678901234567890" }',
  })
  assert.equal(code, undefined)
  assert.equal(arrived, '{"amount":1.50,"note":"café / 12345678901234567890"}')
  assert.ok(head?.fields.some(({ value }) => value === 'Bearer value-of-KEY-0123456789'))
  const dialled = scene.dialled.length
  assert.equal(await codeOf({ body: '{"amount":101}' }), 'rule_denied')
  assert.equal(await codeOf({ body: '{"amount":1,"transfer":true}' }), 'rule_denied')
  assert.equal(await codeOf({}), 'rule_denied')
  assert.equal(scene.dialled.length, dialled)
})

for (const [what, call] of [
  ['is no JSON', { body: 'amount=1' }],
  ['has a member twice', { body: '{"amount":1,"amount":9999}' }],
  ['says another charset', { body: '{"amount":1}', type: 'application/json; charset=utf-16' }],
  ['says another type', { body: '{"amount":1}', type: 'text/plain' }],
  ['is in another charset', { body: Buffer.from('{"amount":1}', 'utf16le') }],
  ['has a byte order mark', { body: '\ufeff{"amount":1}' }],
  ['is compressed', { body: '{"amount":1}', fields: [{ name: 'Content-Encoding', value: 'gzip' }] }],
  ['is text where a number should be', { body: '{"amount":"1"}' }],
] as const) {
  test(`AC-6.4, G2: a body that ${what} is refused`, async (context) => {
    const { codeOf, scene } = openDesk(context, { KEY: { grantRules: small } })
    assert.equal(await codeOf(call), 'rule_unevaluable')
    assert.equal(scene.dialled.length, 0)
  })
}

test('AC-6.4: a body that is too long to be held is refused, where it decides, and only there', async (context) => {
  const { codeOf, scene } = openDesk(context, { KEY: { grantRules: small }, FREE: { grantRules: intents } })
  const tooLong = () => Object.defineProperty(scene.carrier, 'wholeBody', { get: () => () => undefined, set() {} })
  tooLong()
  assert.equal(await codeOf({ body: '{"amount":1}' }), 'rule_unevaluable')
  assert.equal(await codeOf({ body: '{"amount":1}', env: 'FREE' }), undefined)
})

test('R-60: a placeholder in a body that rules have read is found', async (context) => {
  const { codeOf, scene } = openDesk(context, { KEY: { grantRules: small } })
  assert.equal(
    await codeOf({ body: JSON.stringify({ amount: 1, note: scene.env['KEY'] }) }),
    'placeholder_undeclared_place',
  )
})

test('a secret that goes into the body and rules about the same body go together', async (context) => {
  const inBody = [{ to: host, inject: { kind: 'body', pointer: '/auth' } }]
  const list = closed({ effect: 'allow', methods: ['POST'], paths: 'any', body: [{ at: '/amount', atMost: 100 }] })
  const { scene, send } = openDesk(context, { KEY: { scopes: inBody, grantRules: list } })
  const body = (amount: number) => `{ "amount": ${amount}, "auth": "${scene.env['KEY']}" }`
  assert.equal((await send({ env: null, body: body(7) })).arrived, '{"amount":7,"auth":"value-of-KEY-0123456789"}')
  assert.equal((await send({ env: null, body: body(700) })).code, 'rule_denied')
})

test('SEC-13: what a rule asks about is refused where nobody can be asked', async (context) => {
  const { codeOf } = openDesk(context, {
    KEY: { grantRules: closed({ effect: 'ask', methods: ['POST'], paths: 'any' }) },
  })
  assert.equal(await codeOf({}), 'approval_unreachable')
})

test('AC-14.1, G2: a body that a client signed is checked as it came, and signed anew as it leaves', async (context) => {
  const value = JSON.stringify({ accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'real'.repeat(10) })
  const list = closed({
    effect: 'allow',
    methods: ['POST'],
    paths: ['/'],
    body: [{ at: '/TableName', equals: 'orders' }],
  })
  const signing = [{ to: host, inject: { kind: 'sigv4' } }]
  const { codeOf, scene, send } = openDesk(context, { AWS: { value, scopes: signing, grantRules: list } })
  const keys = { accessKeyId: scene.env['AWS_ACCESS_KEY_ID']!, secretAccessKey: scene.env['AWS_SECRET_ACCESS_KEY']! }
  const place = { region: 'eu-west-1', service: 'dynamodb', at: new Date() }
  const signed = (body: string, sent = body) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0' }
    const fields = signAwsRequest({ method: 'POST', url: new URL(`https://${host}/`), headers, body }, keys, place)
    const own = Object.entries(fields).filter(([name]) => name !== 'content-type')
    return {
      target: '/',
      env: null,
      body: sent,
      type: headers['content-type'],
      fields: own.map(([name, text]) => ({ name, value: text })),
    }
  }
  const { arrived, code, head } = await send(signed('{ "TableName": "orders" }'))
  assert.equal(code, undefined)
  assert.equal(arrived, '{"TableName":"orders"}')
  assert.match(head?.fields.find(({ name }) => name.toLowerCase() === 'authorization')?.value ?? '', /AKIAREAL/)
  assert.equal(await codeOf(signed('{ "TableName": "users" }')), 'rule_denied')
  assert.equal(await codeOf(signed('{ "TableName": "users" }', '{ "TableName": "orders" }')), 'signature_invalid')
})

test('N4: a rule knows which model is called, and how much may be written', async (context) => {
  const { codeOf, send } = openDesk(context, {
    KEY: {
      grantRules: closed({
        effect: 'allow',
        methods: ['POST'],
        paths: ['/v1/chat/completions'],
        action: { kind: 'llm', models: ['small-*'], maxTokens: { upTo: 500 } },
      }),
    },
  })
  const target = '/v1/chat/completions'
  const call = (more: object) =>
    JSON.stringify({ model: 'small-1', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...more })
  assert.equal((await send({ target, body: call({}) })).code, undefined)
  assert.equal(await codeOf({ target, body: call({ model: 'large-1' }) }), 'rule_denied')
  assert.equal(await codeOf({ target, body: call({ max_tokens: 501 }) }), 'rule_denied')
  assert.equal(await codeOf({ target, body: call({}).replace('{', '{"model":"large-1",') }), 'rule_unevaluable')
  assert.equal(
    await codeOf({ target, body: call({}), fields: [{ name: 'Content-Encoding', value: 'gzip' }] }),
    'rule_unevaluable',
  )
})

test('N4: a rule that denies an action lets the rest go on', async (context) => {
  const { codeOf } = openDesk(context, {
    KEY: {
      grantRules: {
        default: 'allow',
        rules: [{ effect: 'deny', action: { kind: 'stripe', over: { usd: 10_000, '*': 0 } } }],
      },
    },
  })
  const type = 'application/x-www-form-urlencoded'
  assert.equal(await codeOf({ type, body: 'amount=9999&currency=usd' }), undefined)
  assert.equal(await codeOf({ type, body: 'amount=10001&currency=usd' }), 'rule_denied')
  assert.equal(await codeOf({ type, body: 'amount=1&currency=eur' }), 'rule_denied')
  assert.equal(await codeOf({ type, body: 'amount=1&currency=usd&amount=99999' }), 'rule_unevaluable')
})

const pushes: readonly (readonly [string, string | undefined])[] = [
  ['refs/heads/feature/a', undefined],
  ['refs/heads/main', 'rule_denied'],
  ['refs/heads/Main', 'rule_denied'],
  ['refs/tags/v1', 'rule_denied'],
]
for (const [ref, code] of pushes) {
  test(`N4, AC-6.2: a push to ${ref}, where every branch but main may be pushed to, is answered ${code ?? 'by the service'}`, async (context) => {
    const { codeOf } = openDesk(context, {
      KEY: {
        grantRules: closed({
          effect: 'allow',
          methods: 'any',
          paths: 'any',
          action: {
            kind: 'git',
            repositories: ['acme/app'],
            access: ['read', 'push'],
            branches: ['!main'],
            force: true,
          },
        }),
      },
    })
    const line = `${'0'.repeat(40)} ${'1'.repeat(40)} ${ref}\0report-status`
    const body = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK`
    const type = 'application/x-git-receive-pack-request'
    assert.equal(await codeOf({ target: '/acme/app.git/git-receive-pack', body, type }), code)
    assert.equal(await codeOf({ target: '/acme/other.git/git-receive-pack', body, type }), 'rule_denied')
  })
}

test('R-28: a rule of the project about a credential denies the requests that carry it, and no others', async (context) => {
  const project: RuleList = {
    default: 'allow',
    rules: [{ name: 'no-key', effect: 'deny', when: 'grants.exists(grant, grant.env == "KEY")' }],
  }
  const { codeOf, send } = openDesk(context, { KEY: {}, OTHER: {} }, project)
  assert.equal(await codeOf({ env: 'KEY' }), 'rule_denied')
  assert.equal(await codeOf({ env: 'OTHER' }), undefined)
  assert.equal(await codeOf({ env: null }), undefined)
  const { records } = await send({ env: 'KEY' })
  assert.deepEqual(
    records.map(({ kind, rule }) => [kind, rule]),
    [['exchange.refused', 'no-key']],
  )
})

test('R-26: an expression that cannot be evaluated refuses, on the way out too', async (context) => {
  const project: RuleList = {
    default: 'allow',
    rules: [
      { name: 'large', effect: 'deny', methods: ['POST'], when: '100.0 / body.amount < 1.0 || body.missing > 1.0' },
    ],
  }
  const { codeOf } = openDesk(context, { KEY: {} }, project)
  assert.equal(await codeOf({ body: '{"amount":"x"}' }), 'rule_unevaluable')
  assert.equal(await codeOf({ body: '{"amount":5}' }), 'rule_unevaluable')
  assert.equal(await codeOf({ body: '{"amount":500,"missing":0}' }), 'rule_denied')
  assert.equal(await codeOf({ body: '{"amount":5,"missing":0}' }), undefined)
})
