import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import type { HeaderField } from '../../http/header-field.ts'
import { createInstallation } from '../../storage/sqlite/installation.suite.ts'
import { type ExchangeScene, openExchangeScene, type SceneRequest } from '../exchange-scene.suite.ts'

const host = 'api.service.test'
const value = 'the-real-value-of-the-key'
const bearer: Scope = { to: host, inject: { kind: 'bearer' }, attach: 'always' }

function openScene(context: TestContext, scopes: readonly Scope[] = [bearer]): ExchangeScene {
  return openExchangeScene(createInstallation(context).open(), { KEY: { value, scopes } })
}

const line = (name: string, text: string): HeaderField => ({ name, value: text })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const ways: readonly (readonly [string, Scope['inject'], string, readonly HeaderField[]])[] = [
  ['bearer', { kind: 'bearer' }, '/v1?a=1', [line('Authorization', `Bearer ${value}`)]],
  ['bearer with a scheme', { kind: 'bearer', scheme: 'token' }, '/v1?a=1', [line('Authorization', `token ${value}`)]],
  ['header', { kind: 'header', name: 'X-Key', prefix: 'k=' }, '/v1?a=1', [line('X-Key', `k=${value}`)]],
  [
    'headers',
    { kind: 'headers', headers: { 'X-Key': '{{ value }}', 'X-Version': '2' } },
    '/v1?a=1',
    [line('X-Key', value), line('X-Version', '2')],
  ],
  ['basic', { kind: 'basic', username: 'git' }, '/v1?a=1', [line('Authorization', `Basic ${base64(`git:${value}`)}`)]],
  ['basic as user', { kind: 'basic', as: 'user' }, '/v1?a=1', [line('Authorization', `Basic ${base64(`${value}:`)}`)]],
  ['query', { kind: 'query', name: 'key' }, `/v1?a=1&key=${value}`, [line('Accept-Encoding', 'identity')]],
  ['cookie', { kind: 'cookie', name: 'session' }, '/v1?a=1', [line('Cookie', `session=${value}`)]],
]
for (const [how, inject, target, added] of ways) {
  test(`W3: a bare request gets its secret by ${how}, and the record says which`, async (context) => {
    const scene = openScene(context, [{ to: host, inject, attach: 'always' }])
    const accept = line('Accept', '*/*')
    const { code, head, records } = await scene.send({ host, target: '/v1?a=1', fields: [accept] })
    assert.equal(code, undefined)
    assert.equal(head!.path + head!.query, target)
    assert.deepEqual(head!.fields, [accept, line('Host', host), ...added])
    assert.deepEqual(
      records.map(({ kind, secrets }) => [kind, secrets]),
      [
        ['exchange.intended', ['key@1']],
        ['exchange.completed', ['key@1']],
      ],
    )
    assert.ok(!JSON.stringify(records).includes(value), 'no record holds the value')
  })
}

test('W3: without `attach: always` a bare request stays bare', async (context) => {
  for (const scope of [{ ...bearer, attach: 'replace' } as const, { to: host, inject: bearer.inject }]) {
    const scene = openScene(context, [scope])
    const { code, head } = await scene.send({ host })
    assert.equal(code, undefined)
    assert.deepEqual(head!.fields, [line('Host', host)])
  }
})

test('W3: a placeholder still chooses, and its place is then the only one that is written', async (context) => {
  const scene = openScene(context, [bearer, { to: host, inject: { kind: 'header', name: 'X-Key' } }])
  const { head } = await scene.send({ host, fields: [line('x-key', scene.env['KEY']!)] })
  assert.deepEqual(head!.fields, [line('x-key', value), line('Host', host)])
})

const invalid: readonly (readonly [string, Scope])[] = [
  ['a suffix', { ...bearer, to: '*.service.test' }],
  ['an expression', { ...bearer, to: '~^api\\.service\\.test$' }],
  ['basic without a username', { ...bearer, inject: { kind: 'basic' } }],
  ['basic for passwords without a username', { ...bearer, inject: { kind: 'basic', as: 'password' } }],
  ['path', { ...bearer, inject: { kind: 'path', template: '/bot{{ value }}/**' } }],
  ['placeholder', { ...bearer, inject: { kind: 'placeholder', in: ['header:x-key'] } }],
  ['foreign: replace without it', { to: host, inject: { kind: 'bearer' }, foreign: 'replace' }],
]
for (const [what, scope] of invalid) {
  test(`\`attach: always\` is refused when saved: ${what}`, (context) => {
    assert.throws(() => openScene(context, [scope]), { code: 'scope_invalid' })
  })
}

test('R-61: nothing is attached to OPTIONS and TRACE, nor with Max-Forwards', async (context) => {
  const scene = openScene(context)
  for (const [request, code] of [
    [{ host, method: 'OPTIONS' }, undefined],
    [{ host, fields: [line('max-forwards', '0')] }, undefined],
    [{ host, method: 'TRACE' }, 'method_refused'],
  ] as const) {
    const answer = await scene.send(request)
    assert.equal(answer.code, code)
    assert.ok(!JSON.stringify(answer.head ?? '').includes(value))
  }
})

const pages: readonly (readonly [string, HeaderField])[] = [
  ['Origin', line('Origin', 'https://evil.example')],
  ['an opaque Origin', line('origin', 'null')],
  ['its own Origin', line('Origin', `https://${host}`)],
  ['cross-site Sec-Fetch-Site', line('Sec-Fetch-Site', 'cross-site')],
  ['a page of another host in Referer', line('Referer', 'http://page.test/')],
  ['something that is no page in Referer', line('referer', 'x')],
  ['cross-site Sec-Fetch-Site in capitals', line('sec-fetch-site', ' Cross-Site ')],
  ['an empty Cookie', line('Cookie', '')],
]
for (const [what, field] of pages) {
  test(`a request with ${what} gets nothing unasked, and does not leave`, async (context) => {
    const scene = openScene(context)
    const { code } = await scene.send({ host, fields: [field] })
    assert.equal(code, 'attach_refused')
    assert.deepEqual([scene.dialled, scene.sent], [[], []])
  })
}

test('a request of the same site, and one of a page that has the placeholder, are served', async (context) => {
  const scene = openScene(context)
  const own = line('Authorization', `Bearer ${scene.env['KEY']}`)
  for (const fields of [[line('Sec-Fetch-Site', 'same-origin')], [line('Origin', 'https://app.test'), own]]) {
    const { code, head } = await scene.send({ host, fields })
    assert.equal(code, undefined)
    assert.ok(head!.fields.some((field) => field.value === `Bearer ${value}`))
  }
})

test('AC-4.6: of two secrets that could be meant, neither is attached, until a placeholder says which', async (context) => {
  const scene = openExchangeScene(createInstallation(context).open(), {
    WORK: { value, scopes: [bearer] },
    HOME: { value: 'another-real-value-of-a-key', scopes: [{ ...bearer, inject: { kind: 'header', name: 'X-Key' } }] },
  })
  const bare = await scene.send({ host })
  assert.equal(bare.code, 'credential_ambiguous')
  assert.deepEqual(
    bare.records.map(({ kind, code, note }) => [kind, code, note]),
    [['exchange.refused', 'credential_ambiguous', 'env: HOME, WORK']],
  )
  assert.deepEqual(scene.dialled, [])
  const chosen = await scene.send({ host, fields: [line('X-Key', scene.env['HOME']!)] })
  assert.deepEqual(chosen.head!.fields, [line('X-Key', 'another-real-value-of-a-key'), line('Host', host)])
})

test('AC-4.6: paths and hosts tell two secrets apart, and two variables of one secret are no question', async (context) => {
  const scene = openExchangeScene(createInstallation(context).open(), {
    WORK: { value, scopes: [{ ...bearer, to: `${host}/work` }], also: ['WORK_TOO'] },
    HOME: { value: 'another-real-value-of-a-key', scopes: [{ ...bearer, to: `${host}/home` }] },
  })
  for (const [target, sent] of [
    ['/work/1', value],
    ['/home', 'another-real-value-of-a-key'],
  ] as const) {
    const { head } = await scene.send({ host, target })
    assert.equal(head!.fields.at(-1)!.value, `Bearer ${sent}`)
  }
})

test('the first scope of a secret that attaches always is the one', async (context) => {
  const key: Scope = { ...bearer, inject: { kind: 'header', name: 'X-Key' } }
  const scene = openScene(context, [{ to: host, inject: { kind: 'basic' } }, key, bearer])
  assert.deepEqual((await scene.send({ host })).head!.fields, [line('Host', host), line('X-Key', value)])
})

test('W8: when the grant has expired, a bare request is refused and does not go out bare', async (context) => {
  const scene = openScene(context)
  const exchange = scene.begin({ host })
  const grants = exchange.routes.grants.map((routed) => ({
    ...routed,
    grant: { ...routed.grant, expiresAt: '2020-01-01T00:00:00.000Z' },
  }))
  const { carryExchange } = await import('../pipeline.ts')
  await carryExchange({ ...exchange, routes: { ...exchange.routes, grants } }, scene.services)
  assert.deepEqual([scene.refused, scene.dialled], [['grant_expired'], []])
})

test('R-65: a parameter that is there already, in any spelling, keeps the secret away', async (context) => {
  const scene = openScene(context, [{ to: host, inject: { kind: 'query', name: 'key' }, attach: 'always' }])
  for (const target of ['/?key', '/?key=', '/?KEY=', '/?k%65y', '/?a=1;key', '/?key[]=', '/?Key=x', '/?%4Bey=x']) {
    const request: SceneRequest = { host, target }
    assert.equal((await scene.send(request)).code, 'foreign_credential', target)
  }
  assert.deepEqual(scene.dialled, [])
  const { head } = await scene.send({ host, target: '/?keys=1' })
  assert.equal(head!.query, `?keys=1&key=${value}`)
})
