import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { RuleList, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { openHttp2 } from './http2-client.ts'
import { type Inside, openWorld, testedPlane, type World } from './world.ts'

const host = 'api.acme.example'
const github = 'api.github.com'
const tunnelled = 'tunnelled.service.test'
const key = makeCanary('key-').value
const arrived: {
  readonly method: string
  readonly target: string
  readonly text: string
  readonly headers: IncomingHttpHeaders
}[] = []
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let scopes: readonly Scope[]
before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [host]: 'public', [github]: 'public', [tunnelled]: 'public' },
    async answer(request, response) {
      const { headers, method = '', url: target = '' } = request
      arrived.push({ method, target, headers, text: String(await buffer(request)) })
      response.end('{}')
    },
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  scopes = [host, github].map((to) => ({ to, inject: { kind: 'bearer' }, ...reach }))
  await world.client.secrets.create({ name: 'plain', value: key, scopes })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const opened = (rules: RuleList, secret = 'plain'): Promise<Inside> =>
  world.createSandbox({ secrets: { KEY: secret }, rules: { KEY: rules } })
const closed = (...rules: RuleList['rules']): RuleList => ({ default: 'deny', rules })
const bearer = (inside: Inside) => ['Authorization', `Bearer ${inside.placeholder('KEY')}`] as const
const small: RuleList = closed({
  name: 'small',
  effect: 'allow',
  methods: ['POST'],
  paths: ['/v1/charges'],
  body: [{ at: '/amount', atMost: 100 }],
})

/** Status and code of the answer to a body that comes in one chunk. */
async function postUnsized(inside: Inside, body: string | Buffer, more = ''): Promise<string> {
  const bytes = Buffer.from(body).toString('latin1')
  const head = [
    'POST /v1/charges HTTP/1.1',
    `Host: ${host}`,
    bearer(inside).join(': '),
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    `Connection: close${more}`,
  ].join('\r\n')
  const answer = await inside.sendBytes(host, `${head}\r\n\r\n${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`)
  return `${answer.split(' ')[1]} ${/"code": ?"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim()
}

test('G2, AC-6.4: a body of unknown length is read before anything is dialled, or refused', async () => {
  const inside = await opened(small)
  assert.equal(await postUnsized(inside, '{ "amount": 7 }'), '200')
  assert.equal(arrived.at(-1)?.text, '{"amount":7}')
  const { dials } = origin
  assert.equal(await postUnsized(inside, '{"amount":700}'), '403 rule_denied')
  assert.equal(await postUnsized(inside, `{"amount":7,"x":"${'x'.repeat(300_000)}"}`), '403 body_unreadable')
  assert.equal(
    await postUnsized(inside, gzipSync('{"amount":7}'), '\r\nContent-Encoding: gzip'),
    '403 rule_unevaluable',
  )
  assert.equal(origin.dials, dials)
  await inside.end()
})

test('G2: what says what the bytes of a body hash to goes, where other bytes are sent', async () => {
  const inside = await opened(small)
  const headers = [bearer(inside), ['Content-Type', 'application/json'], ['Content-MD5', 'AAAA']] as const
  const { status } = await inside.send({
    host,
    method: 'POST',
    target: '/v1/charges',
    headers,
    body: '{ "amount": 7 }',
  })
  assert.equal(status, 200)
  assert.equal(arrived.at(-1)?.headers['content-md5'], undefined)
  assert.equal(arrived.at(-1)?.headers['content-length'], '12')
  await inside.end()
})

/** The plane that the product is compared with has neither. */
const onHttp2 = { skip: testedPlane === 'reference' && 'this plane speaks HTTP/1.1 alone, without upgrades' }
test('G1, G2: streams of HTTP/2 are judged one by one', onHttp2, async () => {
  const inside = await opened(small)
  using connection = await openHttp2(inside, host)
  const send = (path: string, body: string) =>
    connection.send(
      { ':method': 'POST', ':path': path, authorization: bearer(inside)[1], 'content-type': 'application/json' },
      body,
    )
  const replies = await Promise.all([
    send('/v1/charges', '{ "amount": 8 }'),
    send('/v1/charges', '{"amount":800}'),
    send('/v1/payouts', '{"amount":8}'),
  ])
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 403, 403],
  )
  assert.equal(arrived.at(-1)?.text, '{"amount":8}')
  await inside.end()
})

test('G1: a handshake of WebSocket is judged like any request, and nobody asks its messages', onHttp2, async () => {
  const body = [{ at: '/a', equals: 1 }] as const
  const inside = await opened(closed({ effect: 'allow', methods: ['GET'], paths: ['/messages'], body }))
  const knock = async (target: string) => {
    const headers = [
      bearer(inside),
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ] as const
    return (await inside.send({ host, target, headers })).code
  }
  const { dials } = origin
  assert.equal(await knock('/closed'), 'rule_denied')
  assert.equal(await knock('/messages'), 'rule_unevaluable')
  assert.equal(origin.dials, dials)
  await inside.end()
})

test('G1: the project’s list holds in tunnels too, where it can only see the host', async () => {
  const reach = { pin: { address: '127.0.0.1', port: origin.port } }
  const inside = await world.createSandbox({ network: { allow: [{ to: tunnelled, ...reach }] } })
  const isOpen = async (): Promise<boolean> => {
    const before = origin.dials
    // The certificate behind a tunnel is the service’s own, which nobody inside trusts.
    await inside.send({ host: tunnelled, target: '/x' }).catch(() => undefined)
    return origin.dials > before
  }
  const anyOf = (hosts?: readonly string[]) =>
    closed({ effect: 'allow', methods: 'any', paths: 'any', ...(hosts && { hosts }) })
  for (const [rules, expected] of [
    [null, true],
    [closed(), false],
    [closed({ effect: 'allow', methods: ['GET'], paths: 'any' }), false],
    [anyOf([host]), false],
    [anyOf([tunnelled]), true],
    [anyOf(), true],
    [{ default: 'allow', rules: [{ effect: 'deny', paths: ['/secret'] }] }, false],
    [{ default: 'allow', rules: [{ effect: 'deny', hosts: [host] }] }, true],
  ] as const) {
    await world.client.rules.set(rules as RuleList | null)
    assert.equal(await isOpen(), expected, JSON.stringify(rules))
  }
  await world.client.rules.set(null)
  await inside.end()
})

test('R-58: a tunnel that the project’s list no longer allows ends', async () => {
  const reach = { pin: { address: '127.0.0.1', port: origin.port } }
  const inside = await world.createSandbox({ network: { allow: [{ to: tunnelled, ...reach }] } })
  const { dials } = origin
  const place = { host: await inside.addressOf(tunnelled), port: inside.portOf(443), servername: tunnelled }
  const tunnel = connect({ ...place, ca: root.certificate })
  await once(tunnel, 'secureConnect')
  tunnel.on('error', () => {})
  assert.equal(origin.dials, dials + 1)
  await world.client.rules.set(closed())
  if (!tunnel.destroyed) await once(tunnel, 'close', { signal: AbortSignal.timeout(5_000) })
  await world.client.rules.set(null)
  await inside.end()
})

test('V3, S5: a call that is said to be dangerous at a service of one’s own is refused, as one of the catalog is', async () => {
  const dangerous = [
    { method: 'POST', path: '/v1/tokens/*', class: 'credentials', why: 'makes a token' },
    { method: 'POST', path: '/v1/payouts', class: 'money', why: 'moves money' },
  ] as const
  await world.client.providers.apply({ id: 'acme', hosts: [{ host, injectors: [{ kind: 'bearer' }] }], dangerous })
  await world.client.secrets.create({ name: 'acme', value: key, provider: 'acme', scopes })
  const call = async (inside: Inside, target: string) =>
    (await inside.send({ host, method: 'POST', target, headers: [bearer(inside)] })).code
  const usual = await world.createSandbox({ secrets: { KEY: 'acme' } })
  assert.equal(await call(usual, '/v1/tokens/1'), 'call_refused')
  assert.equal(await call(usual, '/V1/tokens/1/'), 'call_refused')
  assert.equal(await call(usual, '/v1/payouts'), undefined)
  await usual.end()
  const thrifty = await opened({ default: 'allow', presets: ['no-money'], rules: [] }, 'acme')
  assert.equal(await call(thrifty, '/v1/payouts'), 'call_refused')
  assert.equal(await call(thrifty, '/v1/charges'), undefined)
  await thrifty.end()
})

test('G1: presets refuse what the catalog calls dangerous, by name', async () => {
  const call = async (inside: Inside, method: string, target: string) =>
    (await inside.send({ host: github, method, target, headers: [bearer(inside)] })).code
  const guarded = await opened({ default: 'allow', presets: ['no-admin'], rules: [] })
  assert.equal(await call(guarded, 'PUT', '/repos/a/b/collaborators/eve'), 'call_refused')
  assert.equal(await call(guarded, 'POST', '/repos/a/b/issues'), undefined)
  await guarded.end()
  const reading = await opened({ default: 'allow', presets: ['read-only'], rules: [] })
  assert.equal(await call(reading, 'GET', '/repos/a/b'), undefined)
  assert.equal(await call(reading, 'POST', '/repos/a/b/issues'), 'rule_denied')
  await reading.end()
})

test('N10: explain shows every rule that was looked at, and a refusal names list, rule and remedy', async () => {
  const inside = await opened(
    closed({ name: 'reading', effect: 'allow', methods: ['GET'], paths: ['/v1/*'] }, ...small.rules),
  )
  const explain = (method: string, path: string) =>
    world.client.explain({
      sandbox: inside.sandbox.id,
      method,
      url: `https://${host}${path}`,
      headers: [{ name: 'Authorization', value: 'Bearer $KEY' }],
    })
  const { rules, verdict } = await explain('DELETE', '/v1/a')
  assert.deepEqual(rules, [
    {
      list: 'grant KEY',
      dryRun: false,
      outcome: 'deny',
      decidedBy: 'default',
      rules: [
        { rule: 'reading', effect: 'allow', fit: 'differs', part: 'method', reason: null },
        { rule: 'small', effect: 'allow', fit: 'differs', part: 'method', reason: null },
      ],
    },
  ])
  assert.ok(verdict.outcome === 'refused' && /list: grant KEY/.test(verdict.detail) && verdict.remedy !== '')
  assert.equal((await explain('GET', '/v1/a')).rules[0]?.decidedBy, 'reading')
  const waiting = await explain('POST', '/v1/charges')
  assert.deepEqual([waiting.rules[0]?.outcome, waiting.rules[0]?.rules[1]?.fit], ['awaits-body', 'awaits-body'])
  assert.match(waiting.notes.join(), /the body of the request decides too/)
  const shown = await world.client.sandboxes.get(inside.sandbox.id)
  assert.equal(shown.grants[0]?.rules?.rules.length, 2)
  await inside.end()
})
