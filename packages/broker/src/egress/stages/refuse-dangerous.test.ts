import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { dangersElsewhere, providers } from '@coatcheck/catalog'
import type { Scope } from '@coatcheck/contract'
import { createInstallation } from '../../storage/sqlite/installation.suite.ts'
import { type ExchangeScene, openExchangeScene, type SceneRequest } from '../exchange-scene.suite.ts'

const value = 'the-real-value-of-the-key'
const github = 'api.github.com'
const linear = 'api.linear.app'

function openScene(context: TestContext, scopes: readonly Scope[]): ExchangeScene {
  return openExchangeScene(createInstallation(context).open(), { KEY: { value, scopes } })
}

const bearer = (to: string, more: Partial<Scope> = {}): Scope => ({ to, inject: { kind: 'bearer' }, ...more })

function asking({ env }: ExchangeScene, request: SceneRequest): SceneRequest {
  return { ...request, fields: [...(request.fields ?? []), { name: 'Authorization', value: `Bearer ${env['KEY']}` }] }
}

function holding(scene: ExchangeScene, body: string): ExchangeScene {
  scene.carrier.wholeBody = () => [Buffer.from(body)]
  return scene
}

const minting = { host: github, method: 'POST', target: '/app/installations/1/access_tokens' }

test('SEC-09: every call of the catalog that hands out a credential is refused by default, before anything is dialled', async (context) => {
  const places = [
    ...providers.flatMap(({ dangerous, hosts }) =>
      dangerous.map((endpoint) => ({ ...endpoint, host: endpoint.host ?? hosts[0]!.host })),
    ),
    ...dangersElsewhere.flatMap(({ hosts, endpoint }) => hosts.map((host) => ({ ...endpoint, host }))),
  ]
  const minted = places
    .filter((endpoint) => endpoint.class === 'credentials')
    .map((endpoint) => ({ ...endpoint, host: endpoint.host.replace('*.', 'acme.') }))
  const scene = openScene(
    context,
    [...new Set(minted.map(({ host }) => host))].map((host) => bearer(host)),
  )
  for (const { body, host, method, path } of minted) {
    holding(scene, body?.kind === 'words' ? body.words[0]! : '')
    const target = path.replaceAll('**', 'a/b').replaceAll('*', 'x')
    const { code, records } = await scene.send(
      asking(scene, { host, method: method === '*' ? 'POST' : method, target }),
    )
    assert.equal(code, 'call_refused', `${method} ${host}${target}`)
    assert.deepEqual(
      records.map(({ kind }) => kind),
      ['exchange.refused'],
    )
  }
  assert.deepEqual(scene.dialled, [])
})

test('SEC-09: the record says which call it was, and why', async (context) => {
  const scene = openScene(context, [bearer(github)])
  const { records } = await scene.send(asking(scene, minting))
  assert.equal(records[0]!.code, 'call_refused')
  assert.equal(records[0]!.rule, 'POST /app/installations/*/access_tokens')
  assert.equal(records[0]!.note, 'class: credentials, why: makes a token')
})

test('SEC-09: what is attached unasked is refused too, and so is a method that is said in a field', async (context) => {
  const scene = openScene(context, [bearer(github, { attach: 'always' })])
  assert.equal((await scene.send(minting)).code, 'call_refused')
  for (const name of ['X-HTTP-Method-Override', 'X-Http-Method', 'X-METHOD-OVERRIDE']) {
    const fields = [{ name, value: 'POST' }]
    assert.equal((await scene.send({ ...minting, method: 'PUT', fields })).code, 'call_refused', name)
  }
  const target = `${minting.target}?_method=post`
  assert.equal((await scene.send({ ...minting, method: 'PUT', target })).code, 'call_refused')
  assert.deepEqual(scene.dialled, [])
})

test('a request that gets no secret is nobody’s business here', async (context) => {
  const scene = openScene(context, [bearer(github)])
  assert.equal((await scene.send(minting)).code, undefined)
})

test('a scope says which classes it refuses: none, or others', async (context) => {
  const open = openScene(context, [bearer(github, { refuse: [] })])
  assert.equal((await open.send(asking(open, minting))).code, undefined)
  const other = openScene(context, [bearer(github, { refuse: ['destructive'] })])
  assert.equal((await other.send(asking(other, minting))).code, undefined)
  const deleting = { host: github, method: 'DELETE', target: '/repos/a/b' }
  assert.equal((await other.send(asking(other, deleting))).code, 'call_refused')
  assert.equal((await open.send(asking(open, deleting))).code, undefined)
})

test('SEC-09: where a scope puts the password itself at Docker Hub, it is asked for a token to pull with, and for none to push with, to keep, or by a form', async (context) => {
  const host = 'auth.docker.io'
  const scene = openScene(context, [{ to: host, inject: { kind: 'basic', as: 'password' } }])
  const fields = [{ name: 'Authorization', value: `Basic ${btoa(`ann:${scene.env['KEY']}`)}` }]
  const ask = async (query: string, request: Partial<SceneRequest> = {}) =>
    (await scene.send({ host, target: `/token?service=registry.docker.io&${query}`, fields, ...request })).code
  assert.equal(await ask('scope=repository:acme/shop:pull'), undefined)
  assert.equal(
    scene.sent[0]?.fields.find(({ name }) => name === 'Authorization')?.value,
    `Basic ${btoa(`ann:${value}`)}`,
  )
  for (const query of ['scope=repository:acme/shop:pull,push', 'scope=repository:acme/shop:pull&offline_token=true']) {
    assert.equal(await ask(query), 'call_refused', query)
  }
  assert.equal(await ask('scope=repository:acme/shop:pull', { method: 'POST' }), 'call_refused')
  const override = [...fields, { name: 'X-HTTP-Method-Override', value: 'POST' }]
  assert.equal(await ask('scope=repository:acme/shop:pull', { fields: override }), 'call_refused')
  assert.equal(scene.dialled.length, 1)
})

const key = '{"query":"mutation { apiKeyCreate(input: {}) { success } }"}'
const spellings: readonly (readonly [string, string | Buffer])[] = [
  ['as it is', key],
  ['with escapes of JSON', key.replace('apiKey', '\\u0061piKey')],
  ['with escapes of a form', `query=${encodeURIComponent('mutation { ').replaceAll('a', '%61')}%61piKeyCreate`],
  ['in wide characters', Buffer.from(key, 'utf16le')],
]
for (const [how, body] of spellings) {
  test(`SEC-09: a mutation that makes a key is found ${how}`, async (context) => {
    const scene = openScene(context, [bearer(linear)])
    scene.carrier.wholeBody = () => [Buffer.from(body)]
    const sending = asking(scene, { host: linear, method: 'POST', target: '/graphql' })
    assert.equal((await scene.send(sending)).code, 'call_refused')
  })
}

test('SEC-09: where only the body can tell, one that cannot be read or held is refused', async (context) => {
  const scene = holding(openScene(context, [bearer(linear)]), 'x')
  const graphql = { host: linear, method: 'POST', target: '/graphql' }
  for (const [name, value] of [
    ['Content-Encoding', 'gzip'],
    ['Content-Type', 'application/json; charset=ibm037'],
    ['Content-Type', 'application/json; charset=utf-8; charset=utf-16'],
    ['Content-Type', 'nonsense'],
  ] as const) {
    const fields = [{ name, value }]
    assert.equal((await scene.send(asking(scene, { ...graphql, fields }))).code, 'body_unreadable', value)
  }
  scene.carrier.wholeBody = () => undefined
  assert.equal((await scene.send(asking(scene, graphql))).code, 'body_unreadable')
  assert.deepEqual(scene.dialled, [])
})

test('other mutations go through, and are judged anew each time', async (context) => {
  const scene = holding(openScene(context, [bearer(linear)]), '{"query":"mutation { issueCreate { success } }"}')
  const sending = asking(scene, { host: linear, method: 'POST', target: '/graphql' })
  assert.equal((await scene.send(sending)).code, undefined)
  holding(scene, key)
  assert.equal((await scene.send(sending)).code, 'call_refused')
})

test('R-60: a body that was held for this is searched for placeholders as any other', async (context) => {
  const scene = openScene(context, [bearer(linear)])
  holding(scene, `{"query":"{ viewer { id } }","x":"${scene.env['KEY']}"}`)
  const sending = asking(scene, { host: linear, method: 'POST', target: '/graphql' })
  assert.equal((await scene.send(sending)).code, 'placeholder_undeclared_place')
})

test('SEC-09: a WebSocket, whose messages nobody reads as calls, is not opened where only a body tells', async (context) => {
  const scene = openScene(context, [bearer(linear)])
  Object.assign(scene.carrier, { mayUpgrade: true })
  const fields = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', Buffer.alloc(16).toString('base64')],
  ].map(([name = '', value = '']) => ({ name, value }))
  const opening = (target: string) => scene.send(asking(scene, { host: linear, target, fields }))
  assert.equal((await opening('/graphql')).code, 'call_refused')
  assert.equal((await opening('/other')).code, undefined)
  const framed = openScene(context, [{ to: linear, inject: { kind: 'placeholder', in: ['websocket'] } }])
  Object.assign(framed.carrier, { mayUpgrade: true })
  assert.equal((await framed.send({ host: linear, target: '/graphql', fields })).code, 'call_refused')
})
