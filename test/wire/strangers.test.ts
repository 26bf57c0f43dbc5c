import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { CreatedSandbox, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { openSocks } from './socks-client.ts'
import { doorWays, type Identity, openConnect, type Place, proxyAuthorization, sendBy, type WayIn } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
/** What one address may do at the door without a good token. */
const limits = { connections: 1_024, falseTokens: 60 }

let nowMs = 0
let origin: VerifyingServer
let world: World
let sandbox: CreatedSandbox

before(async () => {
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] } })
  // Only the test lets time pass, so that what was used up stays so.
  const clock = { now: () => new Date(), monotonicMs: () => nowMs }
  world = await openWorld({ clock, settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  sandbox = await world.client.sandboxes.create({ secrets: { API_KEY: 'api' } })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

function send(way: WayIn, identity: Identity = sandbox) {
  const place: Place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Inside }
  const headers = [['Authorization', `Bearer ${sandbox.connect.env['API_KEY']}`]] as const
  return sendBy(way, place, { host: api, secret: 'api', target: '/json', headers }, identity)
}

async function surplus() {
  const rows = (await world.events()).filter(({ event }) => event.code === 'rate_limited')
  return rows.map(({ event }) => event)
}

test('R-92: silent strangers from the address of a sandbox do not keep it out, and the oldest of them are closed', async () => {
  const proxyUrl = world.broker.proxyUrl!
  const { hostname, port } = new URL(proxyUrl)
  const authority = `${api}:443`
  const known = [
    (await openConnect(proxyUrl, authority, ['Proxy-Authorization', proxyAuthorization(sandbox)])).socket,
    await openSocks(proxyUrl, { host: api, port: 443, identity: sandbox }),
  ]
  for (const socket of known) socket.on('error', () => {}).resume()
  const sockets: Socket[] = []
  for (let count = 0; count < limits.connections + 4; count += 1) {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {}).resume()
    sockets.push(socket)
    await once(socket, 'connect')
  }
  const closed = () => sockets.map(({ readableEnded, destroyed }) => readableEnded || destroyed)
  await poll(() => (closed().filter(Boolean).length >= 4 ? true : undefined))
  for (const way of doorWays) assert.equal((await send(way)).status, 200, way.name)
  const gone = closed().lastIndexOf(true) + 1
  assert.ok(closed().slice(0, gone).every(Boolean), 'the oldest ones went')
  assert.ok(gone <= 4 + doorWays.length, 'and no more than newcomers needed')
  for (const { readableEnded, destroyed } of known) assert.ok(!readableEnded && !destroyed, 'who was admitted stays')
  for (const socket of [...sockets, ...known]) socket.destroy()
  const [record] = await poll(async () => {
    const found = await surplus()
    return found.length > 0 ? found : undefined
  })
  assert.deepEqual([record?.kind, record?.sandbox], ['connection.refused', undefined])
  assert.match(record?.note ?? '', /^peer: 127\.0\.0\.1, reason: too many without a token$/)
})

test('R-92: false tokens beyond a number are hung up on, by every way, and a good one from there is served', async () => {
  const guess = (): Identity => ({ id: sandbox.id, token: randomBytes(32).toString('base64url') })
  const dials = origin.dials
  let answered = 0
  const hungUp = async (way: WayIn): Promise<boolean> => {
    const answer = await send(way, guess()).catch(() => undefined)
    // SOCKS5 answers with two bytes, or with none.
    const isAnswered = answer !== undefined && answer.text !== 'SOCKS5: '
    if (isAnswered) answered += 1
    return !isAnswered
  }
  const [connectWay] = doorWays
  nowMs += 1_000
  for (let count = 0; count < 2 * limits.falseTokens && !(await hungUp(connectWay!)); count += 1) {
    // The journal has room for so many refusals in a second.
    if (count === 40) nowMs += 1_000
  }
  assert.equal(answered, limits.falseTokens + 1, 'a second gives one back')
  for (const way of doorWays) assert.equal(await hungUp(way), true, way.name)
  assert.equal(origin.dials, dials)
  for (const way of doorWays) assert.equal((await send(way)).status, 200, way.name)
  const counted = (await surplus()).filter(({ note }) => note?.includes('too many false tokens'))
  const total = counted.reduce((sum, { count = 0 }) => sum + count, 0)
  assert.equal(total, 1 + doorWays.length)

  nowMs += 1_000
  assert.equal((await send(connectWay!, guess())).status, 407)
  assert.equal(await hungUp(connectWay!), true)
})
