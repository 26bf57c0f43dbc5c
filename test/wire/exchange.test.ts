import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ActivityRow, Scope } from '@coatcheck/contract'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Received, type Sending, type World } from './world.ts'

const api = 'api.service.test'
const git = 'git.service.test'
const open = 'open.service.test'
const key = makeCanary('sk-live-')
const password = makeCanary('pw-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let inside: Inside
const seen: Received[] = []

const scopeFor = (host: string, inject: Scope['inject']): Scope => ({
  to: host,
  inject,
  pin: { address: '127.0.0.1', port: origin.port },
  roots: root.certificate,
})

before(async () => {
  origin = await startOrigin({
    root,
    hosts: {
      [api]: [{ scheme: 'bearer', value: key.value }],
      [git]: [{ scheme: 'basic', value: password.value }],
      [open]: 'public',
    },
  })
  world = await openWorld()
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scopeFor(api, { kind: 'bearer' })] })
  await world.client.secrets.create({ name: 'git', value: password.value, scopes: [scopeFor(git, { kind: 'basic' })] })
  inside = await world.createSandbox({
    secrets: { API_KEY: 'api', GIT_PASSWORD: 'git' },
    network: { allow: [{ to: open, pin: { address: '127.0.0.1', port: origin.port } }] },
  })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const bearer = (env = 'API_KEY'): readonly [string, string] => ['Authorization', `Bearer ${inside.placeholder(env)}`]

async function send(sending: Sending): Promise<Received> {
  const received = await inside.send(sending)
  seen.push(received)
  return received
}

/** Sends, and says how many requests and connections reached the service meanwhile. */
async function sendAndCount(
  sending: Sending,
): Promise<Received & { readonly arrived: number; readonly dialled: number }> {
  const [requests, dials] = [origin.requests.length, origin.dials]
  const received = await send(sending)
  return { ...received, arrived: origin.requests.length - requests, dialled: origin.dials - dials }
}

async function lastEvent(): Promise<ActivityRow> {
  return (await world.events()).at(-1)!
}

test('a placeholder at its own host becomes the real secret (W2)', async () => {
  const received = await send({ host: api, target: '/v1/models', headers: [bearer()] })
  assert.equal(received.status, 200)
  const { event, decision } = await lastEvent()
  assert.equal(decision, 'allowed')
  assert.deepEqual(event.secrets, ['api@1'])
  assert.deepEqual([event.method, event.host, event.path, event.status], ['GET', api, '/v1/models', 200])
})

test('order, letters and repetition of the other fields survive', async () => {
  const headers = [['X-b', '1'], bearer(), ['x-A', '2'], ['X-b', '3']] as const
  await send({ host: api, target: '/v1/models', headers })
  const { rawHeaders } = origin.requests.at(-1)!
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  assert.deepEqual(names.slice(0, 5), ['Host', 'X-b', 'Authorization', 'x-A', 'X-b'])
})

test('a placeholder inside a Basic pair becomes the real password (W4)', async () => {
  const pair = Buffer.from(`git:${inside.placeholder('GIT_PASSWORD')}`).toString('base64')
  const received = await send({ host: git, target: '/v1/models', headers: [['Authorization', `Basic ${pair}`]] })
  assert.equal(received.status, 200)
})

test('a request without a credential reaches the host of a grant bare, and is recorded', async () => {
  const received = await sendAndCount({ host: api, target: '/v1/models' })
  assert.equal(received.status, 401)
  assert.equal(received.arrived, 1)
  assert.equal((await lastEvent()).event.secrets, undefined)
})

const refusals: readonly (readonly [string, () => Sending, number, string])[] = [
  [
    'a placeholder at another inspected host (R-13, AC-3.1)',
    () => ({ host: git, headers: [bearer()] }),
    403,
    'placeholder_wrong_destination',
  ],
  [
    'a placeholder in the query (R-60)',
    () => ({ host: api, target: `/v1/models?k=${inside.placeholder('API_KEY')}` }),
    403,
    'placeholder_undeclared_place',
  ],
  [
    'a placeholder in the path (R-60)',
    () => ({ host: api, target: `/v1/${inside.placeholder('API_KEY')}` }),
    403,
    'placeholder_undeclared_place',
  ],
  [
    'a placeholder in another field (R-60)',
    () => ({ host: api, headers: [['User-Agent', inside.placeholder('API_KEY')]] }),
    403,
    'placeholder_undeclared_place',
  ],
  [
    'a placeholder in its place and in another one (R-60)',
    () => ({ host: api, headers: [bearer(), ['X-Copy', inside.placeholder('API_KEY')]] }),
    403,
    'placeholder_undeclared_place',
  ],
  [
    'a placeholder in hexadecimal (AC-3.1)',
    () => ({ host: git, headers: [['X-Data', Buffer.from(inside.placeholder('API_KEY')).toString('hex')]] }),
    403,
    'placeholder_wrong_destination',
  ],
  [
    'a placeholder in base64 (AC-3.1)',
    () => ({ host: git, headers: [['X-Data', Buffer.from(`a${inside.placeholder('API_KEY')}`).toString('base64')]] }),
    403,
    'placeholder_wrong_destination',
  ],
  [
    'a placeholder in a short body (R-55, R-60)',
    () => ({
      host: api,
      method: 'POST',
      target: '/v1/chat/completions',
      headers: [bearer()],
      body: `{"model":"${inside.placeholder('API_KEY')}"}`,
    }),
    403,
    'placeholder_undeclared_place',
  ],
  [
    'a credential of somebody else (SEC-11, R-69)',
    () => ({ host: api, headers: [['Authorization', 'Bearer somebody-elses-key-0123456789']] }),
    403,
    'foreign_credential',
  ],
  [
    'a second credential beside the placeholder (SEC-11, R-69)',
    () => ({ host: api, headers: [bearer(), ['X-Api-Key', 'somebody-elses-key-0123456789']] }),
    403,
    'foreign_credential',
  ],
  ['a cookie (SEC-11)', () => ({ host: api, headers: [['Cookie', 'session=1']] }), 403, 'foreign_credential'],
  ['TRACE (R-61)', () => ({ host: api, method: 'TRACE', headers: [bearer()] }), 405, 'method_refused'],
  [
    'OPTIONS with a placeholder (R-61)',
    () => ({ host: api, method: 'OPTIONS', headers: [bearer()] }),
    403,
    'method_not_injectable',
  ],
  [
    'Max-Forwards with a placeholder (R-61)',
    () => ({ host: api, headers: [bearer(), ['Max-Forwards', '0']] }),
    403,
    'method_not_injectable',
  ],
  [
    'a Host field that differs from the TLS name (R-01, R-03, R-06)',
    () => ({ host: api, hostField: git, headers: [bearer()] }),
    421,
    'destination_mismatch',
  ],
  [
    'a Host field with user information (R-05)',
    () => ({ host: api, hostField: `${api}:x@evil.test`, headers: [bearer()] }),
    421,
    'destination_mismatch',
  ],
  [
    'a second Host field (R-05)',
    () => ({ host: api, headers: [['Host', api], bearer()] }),
    421,
    'destination_mismatch',
  ],
  [
    'an absolute-form target (R-04)',
    () => ({ host: api, target: `https://${git}/`, headers: [bearer()] }),
    400,
    'path_ambiguous',
  ],
  ['a dot segment', () => ({ host: api, target: '/v1/%2e%2e/admin', headers: [bearer()] }), 400, 'path_ambiguous'],
  [
    'a TLS name that is not the dialled one (R-02, R-03)',
    () => ({ host: git, serverName: api, dial: git, hostField: api, headers: [bearer()] }),
    421,
    'destination_mismatch',
  ],
  [
    'a WebSocket upgrade',
    () => ({ host: api, headers: [bearer(), ['Connection', 'Upgrade'], ['Upgrade', 'websocket']] }),
    501,
    'upgrade_refused',
  ],
]

for (const [what, sending, status, code] of refusals) {
  test(`refused, with nothing sent: ${what}`, async () => {
    const received = await sendAndCount(sending())
    assert.deepEqual([received.status, received.code], [status, code])
    assert.deepEqual([received.arrived, received.dialled], [0, 0])
    assert.match(received.headers['proxy-status'] as string, /^coatcheck; error=/)
    const rows = (await world.events()).filter(({ event }) => event.code === code)
    assert.ok(rows.length > 0, 'the refusal is in the journal')
  })
}

test('a placeholder in a long streamed body resets the upload (R-55)', async () => {
  const filler = 'x'.repeat(300 * 1024)
  const body = Buffer.from(`${filler}${inside.placeholder('API_KEY')}${filler}`)
  const received = await send({ host: api, method: 'POST', target: '/upload', headers: [bearer()], body })
  assert.deepEqual([received.status, received.code], [403, 'placeholder_undeclared_place'])
})

test('an upper-case Host field with a final dot is the same destination (R-09, R-10)', async () => {
  const received = await send({
    host: api,
    hostField: `${api.toUpperCase()}.`,
    target: '/v1/models',
    headers: [bearer()],
  })
  assert.equal(received.status, 200)
})

test('a name that no rule covers does not resolve (R-120, W7)', async () => {
  await assert.rejects(inside.addressOf('evil.test'), { code: 'ENOTFOUND' })
  assert.equal((await lastEvent()).event.kind, 'name.refused')
})

test('two names of one service do not stand for each other (R-18)', async () => {
  assert.notEqual(await inside.addressOf(api), await inside.addressOf(git))
})

test('the placeholder of one sandbox is refused and reported in another (R-68)', async () => {
  const other = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  const received = await other.send({ host: api, target: '/v1/models', headers: [bearer()] })
  assert.equal(received.code, 'placeholder_foreign')
  assert.ok(
    (await world.events()).some(({ event }) => event.kind === 'alarm.raised' && event.sandbox === other.sandbox.id),
  )
  await other.end()
})

test('the placeholder of a sandbox that ended is reported in another, one of its own that was detached is not (R-68)', async () => {
  const other = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  await other.end()
  const { id } = inside.sandbox
  const { placeholder } = await world.client.sandboxes.attach(id, 'BRIEF', { secret: 'api' })
  await world.client.sandboxes.detach(id, 'BRIEF')
  for (const [text, code, kinds] of [
    [other.placeholder('API_KEY'), 'placeholder_foreign', ['alarm.raised', 'exchange.refused']],
    [placeholder, 'grant_ended', ['exchange.refused']],
  ] as const) {
    // Wherever it stands, and wherever it goes.
    for (const host of [api, git]) {
      const known = new Set((await world.events()).map((row) => row.id))
      const received = await inside.send({ host, target: '/v1/models', headers: [['X-Note', text]] })
      assert.equal(received.code, code)
      const fresh = (await world.events()).filter((row) => !known.has(row.id)).map(({ event }) => event)
      assert.deepEqual(fresh.map(({ kind }) => kind).toSorted(), kinds)
      assert.ok(fresh.every((event) => event.code === code && event.host === host))
    }
  }
})

test('the same path on two hosts gets each host its own secret (R-15)', async () => {
  const pair = Buffer.from(`x:${inside.placeholder('GIT_PASSWORD')}`).toString('base64')
  for (let round = 0; round < 3; round += 1) {
    const one = await send({ host: api, target: '/v1/models', headers: [bearer()] })
    const two = await send({ host: git, target: '/v1/models', headers: [['Authorization', `Basic ${pair}`]] })
    assert.deepEqual([one.status, two.status], [200, 200])
  }
})

test('a malformed head is answered 400 and nothing leaves (R-08)', async () => {
  const dials = origin.dials
  const answer = await inside.sendBytes(api, `GET / HTTP/1.1\r\nHost: ${api}\r\nX-Bad : 1\r\n\r\n`)
  assert.match(answer, /^HTTP\/1\.1 400 /)
  assert.match(answer, /request_malformed/)
  assert.equal(origin.dials, dials)
})

test('both ways of framing in one head are refused', async () => {
  const head = `POST / HTTP/1.1\r\nHost: ${api}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
  const dials = origin.dials
  assert.match(await inside.sendBytes(api, head), /^HTTP\/1\.1 400 /)
  assert.equal(origin.dials, dials)
})

test('CONNECT inside an inspected connection is refused (R-07)', async () => {
  const dials = origin.dials
  assert.match(
    await inside.sendBytes(api, `CONNECT ${git}:443 HTTP/1.1\r\nHost: ${git}:443\r\n\r\n`),
    /^HTTP\/1\.1 405 /,
  )
  assert.equal(origin.dials, dials)
})

test('a rotated secret is on the next request (V5)', async () => {
  const next = makeCanary('sk-next-')
  origin.accept(api, [{ scheme: 'bearer', value: next.value }])
  await world.client.secrets.rotate('api', next.value)
  const received = await send({ host: api, target: '/v1/models', headers: [bearer()] })
  assert.equal(received.status, 200)
  assert.deepEqual((await lastEvent()).event.secrets, ['api@2'])
})

test('a locked vault refuses, and goes on after it was unlocked (W8, R-45)', async () => {
  const socket = await inside.connectTls(api)
  const dials = origin.dials
  await world.client.vault.lock()
  socket.write(`GET /v1/models HTTP/1.1\r\nHost: ${api}\r\n${bearer().join(': ')}\r\nConnection: close\r\n\r\n`)
  assert.match((await socket.toArray()).join(''), /^HTTP\/1\.1 503 [\s\S]*secret_unavailable/)
  assert.equal(origin.dials, dials)
  await world.client.vault.unlock()
  assert.equal((await send({ host: api, target: '/v1/models', headers: [bearer()] })).status, 200)
})

test('a deleted and recreated secret does not answer to the old placeholder (R-14)', async () => {
  const other = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  const scopes = [scopeFor(api, { kind: 'bearer' })]
  await world.client.secrets.delete('api')
  await world.client.secrets.create({ name: 'api', value: key.value, scopes })
  const received = await other
    .send({ host: api, target: '/v1/models', headers: [['Authorization', `Bearer ${other.placeholder('API_KEY')}`]] })
    .catch((error: unknown) => error)
  assert.ok(received instanceof Error || (received as Received).status !== 200)
  await other.end()
})

test('an ended sandbox is cut off (S3)', async () => {
  const other = await world.createSandbox({ secrets: { GIT_PASSWORD: 'git' } })
  const socket = await other.connectTls(git)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  await other.end()
  await closed
})

test('the journal verifies', async () => {
  const { ok, faults } = await world.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
})

test('no value of a secret came back, nor lies in a file of the broker', () => {
  for (const canary of [key, password]) {
    for (const { text, rawHeaders } of seen) assert.deepEqual(findCanary(text + rawHeaders.join('\n'), canary), [])
    assert.deepEqual(findCanaryInFolder(world.home, canary), [])
  }
})
