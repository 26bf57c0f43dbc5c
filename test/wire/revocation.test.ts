import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import type { ActivityRow, Scope } from '@coatcheck/contract'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection, responseTo } from './client-connection.ts'
import { poll } from './poll.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { type Inside, openWorld, type Received, receive, type World } from './world.ts'

const api = 'api.service.test'
const git = 'git.service.test'
const open = 'open.service.test'
const key = makeCanary('sk-live-')
const password = makeCanary('pw-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()

let origin: VerifyingServer
let clockOffsetMs = 0
const clock = { now: () => new Date(Date.now() + clockOffsetMs), monotonicMs: () => performance.now() }

before(async () => {
  origin = await startOrigin({
    root,
    hosts: {
      [api]: [{ scheme: 'bearer', value: key.value }],
      [git]: [{ scheme: 'bearer', value: password.value }],
      [open]: 'public',
    },
    routes: scripted.routes,
  })
})

after(() => origin.close())

/** A world with both secrets. */
async function openStockedWorld(home?: TemporaryHome): Promise<World> {
  const world = await openWorld({ clock }, home)
  const stock = async (name: string, host: string, { value }: Canary): Promise<void> => {
    const pin = { address: '127.0.0.1', port: origin.port }
    const scope: Scope = { to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }
    await world.client.secrets.create({ name, value, scopes: [scope] })
  }
  await stock('api', api, key)
  await stock('git', git, password)
  return world
}

function createSandbox(world: World, ttlSeconds = 3600): Promise<Inside> {
  return world.createSandbox({
    secrets: { API_KEY: 'api', GIT_KEY: 'git' },
    network: { allow: [{ to: open, pin: { address: '127.0.0.1', port: origin.port } }] },
    ttlSeconds,
  })
}

function bearer(inside: Inside, env = 'API_KEY'): readonly [string, string] {
  return ['Authorization', `Bearer ${inside.placeholder(env)}`]
}

/** The record of the end of the one request on this path. */
function outcomeOf(world: World, path: string): Promise<ActivityRow['event']> {
  return poll(async () => {
    const rows = (await world.events()).filter(({ event }) => event.path === path)
    assert.ok(rows.length <= 1, 'one event for one request')
    return rows.find(({ decision }) => decision !== 'open')?.event
  })
}

/** That the records say how far each part of the traffic got before it ended. */
async function assertProgress(world: World): Promise<void> {
  const progressOf = async (path: string) => {
    const { status, upstreamStatus, bytesSent, bytesReceived } = await outcomeOf(world, path)
    return [status, upstreamStatus, bytesSent, bytesReceived]
  }
  const { length } = 'the first part'
  assert.deepEqual(await progressOf('/scripted/stream'), [200, 200, 0, length])
  assert.deepEqual(await progressOf('/scripted/upload'), [undefined, undefined, length, 0])
}

/** A stream, two uploads and an idle connection, all with the same placeholder, all in the middle. */
async function openTraffic(inside: Inside) {
  const connect = (): Promise<ClientConnection> => openClientConnection(inside, api)
  const authorization = bearer(inside)

  const [streaming, streamArrived] = [await connect(), scripted.next()]
  const streamOpen = streaming.open({ target: '/scripted/stream', headers: [authorization] })
  const stream = await streamArrived
  stream.response.write('the first part')
  const streamed = await streamOpen
  await once(streamed, 'readable')

  const [uploading, uploadArrived] = [await connect(), scripted.next()]
  const chunked = [authorization, ['Transfer-Encoding', 'chunked']] as const
  const upload = uploading.begin({ method: 'POST', target: '/scripted/upload', headers: chunked })
  const uploadAnswer = responseTo(upload).then(receive)
  upload.write('the first part')
  const uploaded = await uploadArrived

  // Short enough to be held back by the broker until it is complete: the service does not know of it.
  const holding = await connect()
  const short = [authorization, ['Content-Length', '100'], ['Expect', '100-continue']] as const
  const held = holding.begin({ method: 'POST', target: '/scripted/held', headers: short })
  const heldAnswer = responseTo(held).then(receive)
  held.flushHeaders()
  await once(held, 'continue')
  held.write('the first part')

  const idle = await connect()
  assert.equal((await idle.send({ target: '/json', headers: [authorization] })).status, 200)

  const endAtService = Promise.all([once(stream.response, 'close'), once(uploaded.response, 'close')])
  const wholeStream = receive(streamed)
  for (const promise of [wholeStream, uploadAnswer, heldAnswer]) promise.catch(() => {})
  return {
    streamed: wholeStream,
    uploadAnswer,
    heldAnswer,
    idle,
    endAtService,
    [Symbol.dispose]() {
      for (const connection of [streaming, uploading, holding, idle]) connection[Symbol.dispose]()
    },
  }
}

async function send(inside: Inside, env = 'API_KEY', host = api): Promise<Received> {
  return inside.send({ host, target: '/json', headers: [bearer(inside, env)] })
}

test('the end of a sandbox ends its stream, its uploads and its idle connections (S3, N2)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  using traffic = await openTraffic(inside)
  const idleClosed = once(traffic.idle.socket, 'close')
  await inside.end()
  await assert.rejects(traffic.streamed, { code: 'ECONNRESET' })
  for (const answer of [await traffic.uploadAnswer, await traffic.heldAnswer]) {
    assert.deepEqual([answer.status, answer.code], [403, 'sandbox_expired'])
  }
  await idleClosed
  await traffic.endAtService
  await assert.rejects(inside.connectTls(api))
  assert.equal((await outcomeOf(world, '/scripted/stream')).code, 'sandbox_expired')
  assert.equal((await outcomeOf(world, '/scripted/upload')).code, 'sandbox_expired')
  await assertProgress(world)
})

test('the deletion of a secret ends what uses it, and its placeholder is refused from then on (S3, N2, R-14)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  using traffic = await openTraffic(inside)
  const idleClosed = once(traffic.idle.socket, 'close')
  await world.client.secrets.delete('api')
  await assert.rejects(traffic.streamed, { code: 'ECONNRESET' })
  for (const answer of [await traffic.uploadAnswer, await traffic.heldAnswer]) {
    assert.deepEqual([answer.status, answer.code], [403, 'grant_ended'])
  }
  await traffic.endAtService
  assert.equal((await outcomeOf(world, '/scripted/stream')).code, 'grant_ended')
  assert.equal((await outcomeOf(world, '/scripted/upload')).code, 'grant_ended')
  await assertProgress(world)
  assert.equal((await outcomeOf(world, '/scripted/held')).code, 'grant_ended')

  await idleClosed
  const [arrived, dials] = [origin.requests.length, origin.dials]
  const replayed = await send(inside)
  assert.deepEqual([replayed.status, replayed.code], [403, 'grant_ended'])
  const bare = await inside.send({ host: api, target: '/json' })
  assert.deepEqual([bare.status, bare.code], [403, 'destination_denied'])
  assert.deepEqual([origin.requests.length, origin.dials], [arrived, dials])
  const kinds = (await world.events())
    .filter(({ event }) => event.code === 'grant_ended' && event.path?.startsWith('/scripted/') !== true)
    .map(({ event }) => event.kind)
  assert.deepEqual(kinds, ['exchange.refused'], 'no alarm for what a program inside remembers')
})

test('the deletion of a secret leaves alone what uses another one', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  using connection = await openClientConnection(inside, git)
  const arrived = scripted.next()
  const opened = connection.open({ target: '/scripted/other', headers: [bearer(inside, 'GIT_KEY')] })
  const { response } = await arrived
  response.write('before ')
  const streamed = receive(await opened)
  await world.client.secrets.delete('api')
  response.end('and after')
  assert.equal((await streamed).text, 'before and after')
  assert.equal((await send(inside, 'GIT_KEY', git)).status, 200)
})

test('a locked vault ends what carries a secret and refuses, until it is unlocked (W8, R-45)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  using traffic = await openTraffic(inside)
  const idleClosed = once(traffic.idle.socket, 'close')
  await world.client.vault.lock()
  await assert.rejects(traffic.streamed, { code: 'ECONNRESET' })
  for (const answer of [await traffic.uploadAnswer, await traffic.heldAnswer]) {
    assert.deepEqual([answer.status, answer.code], [503, 'secret_unavailable'])
  }
  await traffic.endAtService
  await idleClosed
  const dials = origin.dials
  for (const asking of [{ headers: [bearer(inside)] }, {}]) {
    const refused = await inside.send({ host: api, target: '/json', ...asking })
    assert.deepEqual([refused.status, refused.code], [503, 'secret_unavailable'])
  }
  await assert.rejects(inside.addressOf(git), { code: 'ESERVFAIL' })
  assert.equal(origin.dials, dials)
  assert.equal((await outcomeOf(world, '/scripted/stream')).code, 'secret_unavailable')
  const codes = (await world.events()).map(({ event }) => event.code)
  assert.ok(codes.includes('vault_locked'), 'the operator reads the reason')

  await world.client.vault.unlock()
  assert.equal((await send(inside)).status, 200)
})

test('while a secret is rotated no request fails, and each one after the rotation carries the new value (V5, SEC-16)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  const values = [key, ...Array.from({ length: 5 }, (_, index) => makeCanary(`sk-next-${index}-`))]
  origin.accept(
    api,
    values.map(({ value }) => ({ scheme: 'bearer', value })),
  )
  let rotations = 0
  const sent: { readonly target: string; readonly oldest: number; readonly status: number }[] = []
  const total = 200
  const loop = async (client: number): Promise<void> => {
    using connection = await openClientConnection(inside, api)
    while (sent.length < total) {
      const [target, oldest] = [`/json?request=${client}-${sent.length}`, rotations]
      const { status } = await connection.send({ target, headers: [bearer(inside)] })
      sent.push({ target, oldest, status })
    }
  }
  const clients = Promise.all([loop(1), loop(2)])
  for (const { value } of values.slice(1)) {
    const mark = sent.length + total / 10
    await poll(() => (sent.length >= mark ? true : undefined))
    await world.client.secrets.rotate('api', value)
    rotations += 1
  }
  await clients
  assert.ok(sent.length >= total)
  for (const { target, oldest, status } of sent) {
    assert.equal(status, 200)
    const { rawHeaders } = origin.requests.find((request) => request.target === target)!
    const carried = values.findIndex(({ value }) => rawHeaders.includes(`Bearer ${value}`))
    assert.ok(carried >= oldest, `request began after rotation ${oldest} and carried value ${carried}`)
  }
  assert.ok(
    sent.some(({ oldest }) => oldest === values.length - 1),
    'some requests came after the last rotation',
  )
  origin.accept(api, [{ scheme: 'bearer', value: key.value }])
})

/** That there is such a record. While the clock stands still, records have no order in time. */
async function assertRecorded(world: World, ...expected: readonly [kind: string, host: string, code: string]) {
  const found = (await world.events()).map(({ event: { kind, host, code } }) => [kind, host, code].join(' '))
  assert.ok(found.includes(expected.join(' ')), found.join('\n'))
}

/** That a sandbox which has expired gets nothing, on an open connection, a new one, or a tunnel. */
async function assertRefused(world: World, inside: Inside, connection: ClientConnection, code: string, reason = code) {
  const dials = origin.dials
  const refused = await connection.send({ target: '/json', headers: [bearer(inside)] })
  assert.equal(refused.code, code)
  await assertRecorded(world, 'exchange.refused', api, reason)
  for (const host of [api, open]) {
    assert.equal((await inside.send({ host, target: '/json' })).code, code)
    await assertRecorded(world, 'exchange.refused', host, reason)
  }
  assert.equal(origin.dials, dials)
}

test('an expired sandbox is refused, inspected or tunnelled, on open connections and new ones (S3)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world, 60)
  using connection = await openClientConnection(inside, api)
  assert.equal((await connection.send({ target: '/json', headers: [bearer(inside)] })).status, 200)
  clockOffsetMs += 61_000
  await assertRefused(world, inside, connection, 'sandbox_expired')
})

for (const [what, backMs, code, reason] of [
  ['a little', 30_000, 'sandbox_expired', 'sandbox_expired'],
  ['by an hour', 3_600_000, 'secret_unavailable', 'clock_jumped'],
] as const) {
  test(`with the clock set back ${what}, an expired sandbox stays expired (SEC-14)`, async () => {
    await using world = await openStockedWorld()
    const inside = await createSandbox(world, 60)
    using connection = await openClientConnection(inside, api)
    clockOffsetMs += 61_000
    assert.equal((await connection.send({ target: '/json' })).code, 'sandbox_expired')
    clockOffsetMs -= backMs
    await assertRefused(world, inside, connection, code, reason)
    clockOffsetMs += backMs
  })
}

test('with the clock set back by an hour every request is refused, until an operator says that it is right (SEC-14)', async () => {
  await using world = await openStockedWorld()
  const inside = await createSandbox(world)
  using idle = await openClientConnection(inside, api)
  assert.equal((await idle.send({ target: '/json', headers: [bearer(inside)] })).status, 200)
  clockOffsetMs -= 3_600_000
  const dials = origin.dials
  const refused = await idle.send({ target: '/json', headers: [bearer(inside)] })
  assert.deepEqual([refused.status, refused.code], [503, 'secret_unavailable'])
  for (const host of [api, open]) {
    assert.equal((await inside.send({ host, target: '/json' })).code, 'secret_unavailable')
    await assertRecorded(world, 'exchange.refused', host, 'clock_jumped')
  }
  assert.equal(origin.dials, dials)
  await world.client.vault.confirmRollback()
  assert.equal((await send(inside)).status, 200)
  clockOffsetMs += 3_600_000
})

test('a broker that is started with the clock set back by an hour refuses as well (SEC-14)', async () => {
  const home = makeTemporaryHome()
  await (await openStockedWorld(home)).broker.stop()
  clockOffsetMs -= 3_600_000
  await using world = await openWorld({ clock }, home)
  const inside = await createSandbox(world)
  const refused = await send(inside)
  assert.deepEqual([refused.status, refused.code], [503, 'secret_unavailable'])
  await world.client.vault.confirmRollback()
  assert.equal((await send(inside)).status, 200)
  clockOffsetMs += 3_600_000
})
