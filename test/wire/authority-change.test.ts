import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import type { NetworkRule, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection } from './client-connection.ts'
import { openLoopbackGateway } from './loopback-gateway.ts'
import { poll } from './poll.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { type Inside, openWorld, receive, type World } from './world.ts'

const api = 'api.service.test'
const open = 'open.service.test'
const denied = 'denied.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()
let clockOffsetMs = 0
const clock = { now: () => new Date(Date.now() + clockOffsetMs), monotonicMs: () => performance.now() }

let origin: VerifyingServer
before(async () => {
  const hosts = { [api]: [{ scheme: 'bearer', value: key.value }] as const, [open]: 'public' } as const
  origin = await startOrigin({ root, hosts, routes: scripted.routes })
})
after(() => origin.close())

const pin = () => ({ address: '127.0.0.1', port: origin.port })
const rule = (to: string): NetworkRule => ({ to, pin: pin() })

async function openStocked(): Promise<World> {
  const world = await openWorld({ clock })
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin: pin(), roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  return world
}

const bearer = (placeholder: string) => [['Authorization', `Bearer ${placeholder}`]] as const

/** A connection through an opaque tunnel, on which the client ends TLS with the service itself. */
async function openTunnelled(inside: Inside, host: string) {
  const socket = tlsConnect({
    host: await inside.addressOf(host),
    port: inside.portOf(443),
    servername: host,
    ca: root.certificate,
  })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

test('R-58: a host that is denied while a connection is kept open is denied on that connection', async () => {
  await using world = await openStocked()
  const inside = await world.createSandbox({ secrets: { KEY: 'api' } })
  using connection = await openClientConnection(inside, api)
  const asking = { target: '/json', headers: bearer(inside.placeholder('KEY')) }
  assert.equal((await connection.send(asking)).status, 200)
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [api] } })
  const [arrived, dials] = [origin.requests.length, origin.dials]
  const refused = await connection.send(asking)
  assert.deepEqual([refused.status, refused.code], [403, 'destination_denied'])
  assert.deepEqual([origin.requests.length, origin.dials], [arrived, dials])
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [] } })
  assert.equal((await inside.send({ host: api, ...asking })).status, 200)
})

test('R-58: a host that is denied in the middle of a stream ends the stream, and the reason is recorded', async () => {
  await using world = await openStocked()
  const inside = await world.createSandbox({ secrets: { KEY: 'api' } })
  using connection = await openClientConnection(inside, api)
  const arrived = scripted.next()
  const opened = connection.open({ target: '/scripted/stream', headers: bearer(inside.placeholder('KEY')) })
  const { response } = await arrived
  response.write('the first part')
  const streamed = receive(await opened)
  streamed.catch(() => {})
  const closed = once(response, 'close')
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: ['api.service.test'] } })
  await assert.rejects(streamed, { code: 'ECONNRESET' })
  await closed
  const outcome = await poll(async () =>
    (await world.events()).find(
      ({ event }) => event.path === '/scripted/stream' && event.kind === 'exchange.completed',
    ),
  )
  assert.equal(outcome.event.code, 'destination_denied')
})

test('R-58: a tunnel ends when its rule is taken back, and another rule’s change leaves it alone (R-48)', async () => {
  await using world = await openStocked()
  const inside = await world.createSandbox({ network: { allow: [rule(open)] } })
  const socket = await openTunnelled(inside, open)
  const closed = once(socket, 'close')
  const { id } = inside.sandbox
  await world.client.sandboxes.update(id, { name: 'renamed', network: { deny: ['evil.example'] } })
  socket.write(`GET /json HTTP/1.1\r\nHost: ${open}\r\n\r\n`)
  await once(socket, 'data')
  await assert.rejects(world.client.sandboxes.update(id, { network: { allow: ['*.*.nonsense'] } }))
  assert.equal(socket.destroyed, false)
  await world.client.sandboxes.update(id, { network: { allow: [] } })
  await closed
  await assert.rejects(openTunnelled(inside, open))
})

test('R-48: under load, changes of something else and changes that are refused let nothing through and hold nothing up', async () => {
  await using world = await openStocked()
  const scope: Scope = { to: denied, inject: { kind: 'bearer' }, pin: pin(), roots: root.certificate }
  await world.client.secrets.create({ name: 'denied', value: makeCanary('sk-live-').value, scopes: [scope] })
  const inside = await world.createSandbox({ secrets: { KEY: 'api', DENIED: 'denied' } })
  const { id } = inside.sandbox
  // A name that is denied is not resolved any more: these are from before.
  using first = await openClientConnection(inside, denied)
  using second = await openClientConnection(inside, denied)
  await world.client.sandboxes.update(id, { network: { deny: [denied] } })
  const arrived = origin.requests.length
  const asking = { target: '/json', headers: bearer(inside.placeholder('KEY')) }
  const seen = { granted: new Set<number>(), denied: new Set<number>(), turns: 0 }
  let isOver = false
  const load = async (refused: ClientConnection): Promise<void> => {
    using connection = await openClientConnection(inside, api)
    const headers = bearer(inside.placeholder('DENIED'))
    for (let turn = 0; turn < 2_000 && !isOver; turn += 1) {
      seen.granted.add((await connection.send(asking)).status)
      seen.denied.add((await refused.send({ target: '/json', headers })).status)
      seen.turns += 1
    }
  }
  const loads = Promise.all([load(first), load(second)])
  for (let change = 0; change < 10; change += 1) {
    const before = seen.turns
    await world.client.sandboxes.update(id, { name: `renamed-${change}` })
    await assert.rejects(world.client.sandboxes.update(id, { network: { allow: ['*.*.nonsense'], deny: [] } }))
    await world.client.sandboxes.update(id, { labels: { change: String(change) } })
    await poll(() => (seen.turns > before ? true : undefined))
  }
  isOver = true
  await loads
  assert.deepEqual([[...seen.granted], [...seen.denied]], [[200], [403]])
  assert.equal(origin.requests.length - arrived, seen.turns, 'one for each that was let through')
  assert.deepEqual((await world.client.sandboxes.get(id)).deny, [denied])
})

test('a secret that is attached to a host with an open tunnel is used at once: the tunnel ends, and the host is inspected (S3)', async () => {
  await using world = await openStocked()
  const inside = await world.createSandbox({ network: { allow: [rule(api)] } })
  const socket = await openTunnelled(inside, api)
  const closed = once(socket, 'close')
  const { placeholder } = await world.client.sandboxes.attach(inside.sandbox.id, 'KEY', { secret: 'api' })
  await closed
  const { status } = await inside.send({ host: api, target: '/json', headers: bearer(placeholder) })
  assert.equal(status, 200)
  await world.client.sandboxes.detach(inside.sandbox.id, 'KEY')
  const again = await openTunnelled(inside, api)
  again.destroy()
})

test('G5: a grant that ends by its own time ends its stream, and says so on the next request', async () => {
  await using world = await openStocked()
  const inside = await world.createSandbox({ secrets: { OTHER: 'api' } })
  const attaching = { secret: 'api', ttlSeconds: 3600 }
  const { placeholder } = await world.client.sandboxes.attach(inside.sandbox.id, 'KEY', attaching)
  using connection = await openClientConnection(inside, api)
  const arrived = scripted.next()
  const opened = connection.open({ target: '/scripted/stream', headers: bearer(placeholder) })
  const { response } = await arrived
  response.write('the first part')
  const streamed = receive(await opened)
  streamed.catch(() => {})
  // Timers are armed anew, by the clock as it is then.
  clockOffsetMs += 3_599_900
  await world.client.sandboxes.renew(inside.sandbox.id, 7200)
  await assert.rejects(streamed, { code: 'ECONNRESET' })
  const late = await inside.send({ host: api, target: '/json', headers: bearer(placeholder) })
  assert.deepEqual([late.status, late.code], [403, 'grant_expired'])
  const other = bearer(inside.placeholder('OTHER'))
  assert.equal((await inside.send({ host: api, target: '/json', headers: other })).status, 200)
})

test('R-90: a connection that is made the moment the gateway opens meets every rule', async () => {
  const early: Socket[] = []
  let said = ''
  await using world = await openWorld({
    async openGateway(spec) {
      const gateway = await openLoopbackGateway(spec)
      // Whoever is quicker than the broker waits, or is refused; in no case is somebody let through.
      for (const port of [80, 443]) {
        const socket = connect(gateway.ports.get(port)!, '127.77.0.1')
        socket.on('error', () => {}).on('data', (data) => (said += data.toString('latin1')))
        await once(socket, 'connect')
        socket.write(`GET /json HTTP/1.1\r\nHost: ${open}\r\n\r\n`)
        early.push(socket)
      }
      return gateway
    },
  })
  const dials = origin.dials
  const created = await world.client.sandboxes.create({
    network: { allow: [rule('*.service.test')], deny: [open] },
    launch: { isolation: 'process', uid: 65534, gid: 65534, detached: true },
  })
  assert.deepEqual(created.deny, [open])
  await world.client.sandboxes.end(created.id)
  for (const socket of early) socket.destroy()
  assert.equal(origin.dials, dials)
  assert.doesNotMatch(said, /HTTP\/1\.1 2/)
})
