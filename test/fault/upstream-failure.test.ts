import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { type ActivityRow, CoatcheckError, type Scope } from '@coatcheck/contract'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openClientConnection } from '../wire/client-connection.ts'
import { poll } from '../wire/poll.ts'
import { type Inside, openWorld, type Received, type World } from '../wire/world.ts'

/** What the broker's resolver does with a name. */
type Answer = readonly string[] | ((signal: AbortSignal) => Promise<readonly string[]>)

const value = 'key-of-the-failures-0123456789'
const named = 'named.service.test'
const opened = 'opened.service.test'
const untrusted = 'untrusted.service.test'
const misnamed = 'misnamed.service.test'
const closed = 'closed.service.test'
const garbled = 'garbled.service.test'
const tunnelled = 'tunnelled.service.test'
const root = createTlsRoot()

const faults: unknown[] = []
let origin: VerifyingServer
let world: World
let inside: Inside
let answer: Answer = []
/** Names that the broker asked for. */
const asked: string[] = []
const resolver = {
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
    asked.push(host)
    return typeof answer === 'function' ? answer(signal) : Promise.resolve(answer)
  },
}
/** Speaks TLS with a certificate for one name, and answers with bytes that are not HTTP. */
const babbler = createTlsServer({ ...pair(garbled) }, (socket: TLSSocket) => {
  socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello'))
})

function pair(name: string) {
  const { certificate: cert, key } = root.leaf(name)
  return { cert, key }
}

before(async () => {
  const credential = [{ scheme: 'bearer', value }] as const
  const hosts = { [named]: credential, [opened]: credential, [untrusted]: credential, [tunnelled]: 'public' } as const
  origin = await startOrigin({ root, hosts })
  babbler.listen(0, '127.0.0.1')
  await once(babbler, 'listening')
  world = await openWorld({ resolver, reportFault: (_instance, error) => faults.push(error) })
  const { port } = origin
  const { port: babblerPort } = babbler.address() as AddressInfo
  const loopback = (port: number) => ({ pin: { address: '127.0.0.1', port }, roots: root.certificate })
  const scope = (to: string, rest: Partial<Scope>): Scope => ({ to, inject: { kind: 'bearer' }, ...rest })
  const scopes = [
    scope(`https://${named}:${port}`, { roots: root.certificate }),
    scope(`https://${opened}:${port}`, { roots: root.certificate, allowPrivate: true }),
    scope(untrusted, { pin: { address: '127.0.0.1', port } }),
    scope(misnamed, loopback(babblerPort)),
    scope(garbled, loopback(babblerPort)),
    scope(closed, loopback(await freePort())),
  ]
  await world.client.secrets.create({ name: 'api', value, scopes })
  inside = await world.createSandbox({
    secrets: { API_KEY: 'api' },
    network: { allow: [`https://${tunnelled}:${port}`] },
  })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
  babbler.close()
})

/** Sends the placeholder; hosts without a pin are reached on the port of the service. */
async function send(host: string, target = '/json', from = inside): Promise<Received> {
  const pinned = ![named, opened].includes(host)
  using connection = await openClientConnection(from, host, pinned ? 443 : origin.port)
  return await connection.send({ target, headers: [['Authorization', `Bearer ${from.placeholder('API_KEY')}`]] })
}

/** The one record of a request. */
async function recordOf(path: string): Promise<ActivityRow['event']> {
  const rows = (await world.events()).filter(({ event }) => event.path === path)
  assert.equal(rows.length, 1, 'one event for one request')
  return rows[0]!.event
}

const prohibited: readonly (readonly [string, readonly string[]])[] = [
  ['loopback', ['127.0.0.1']],
  ['loopback in IPv6', ['::1']],
  ['loopback mapped into IPv6', ['::ffff:127.0.0.1']],
  ['loopback behind NAT64', ['64:ff9b::7f00:1']],
  ['"this host"', ['0.0.0.0']],
  ['a private network', ['10.0.0.1']],
  ['a unique local network', ['fd00::1']],
  ['a link', ['169.254.1.1']],
  ['a metadata service', ['169.254.169.254']],
  ['one public and one private address', ['93.184.216.34', '127.0.0.1']],
]
for (const [index, [what, addresses]] of prohibited.entries()) {
  test(`a name that resolves to ${what} is not dialled, and looks to the sandbox as if it did not exist (R-122)`, async () => {
    answer = addresses
    const dials = origin.dials
    const target = `/prohibited/${index}`
    const { status, code, text } = await send(named, target)
    assert.deepEqual([status, code], [502, 'destination_unresolved'])
    for (const address of addresses) assert.ok(!text.includes(address))
    assert.equal(origin.dials, dials)
    assert.equal((await recordOf(target)).code, 'destination_ip_prohibited')
  })
}

test('a scope that opens private networks opens loopback, and no metadata service', async () => {
  answer = ['169.254.169.254']
  assert.equal((await send(opened, '/metadata')).code, 'destination_unresolved')
  assert.equal((await recordOf('/metadata')).code, 'destination_ip_prohibited')
  answer = ['127.0.0.1']
  assert.equal((await send(opened)).status, 200)
})

test('a name is resolved once for each connection, so that no second answer can differ (R-122)', async () => {
  // Connections that are kept belong to one sandbox: another one has none yet.
  const other = await world.createSandbox({ name: 'other', secrets: { API_KEY: 'api' } })
  let answers = 0
  answer = async () => {
    answers += 1
    return answers === 1 ? ['127.0.0.1'] : ['10.0.0.1']
  }
  asked.length = 0
  assert.equal((await send(opened, '/json', other)).status, 200)
  assert.deepEqual(asked, [opened])
  await other.end()
})

test('a tunnel to a name that resolves privately is not opened', async () => {
  answer = ['127.0.0.1']
  const dials = origin.dials
  await assert.rejects(inside.connectTls(tunnelled, tunnelled, origin.port))
  const event = await poll(async () =>
    (await world.events())
      .map(({ event }) => event)
      .find(({ host, kind }) => host === tunnelled && kind.endsWith('ed')),
  )
  assert.deepEqual([event.kind, event.code], ['connection.completed', 'destination_ip_prohibited'])
  assert.equal(origin.dials, dials)
})

test('a name that does not resolve is answered for with 502 (R-45)', async () => {
  const dials = origin.dials
  answer = []
  assert.equal((await send(named)).code, 'destination_unresolved')
  answer = () => Promise.reject(new CoatcheckError('destination_unresolved', { host: named }))
  const { status, code } = await send(named, '/unresolved')
  assert.deepEqual([status, code], [502, 'destination_unresolved'])
  assert.equal(origin.dials, dials)
  assert.equal((await recordOf('/unresolved')).code, 'destination_unresolved')
})

test('a resolver that fails in a way that nobody thought of is a refusal, and its words stay inside (R-56)', async () => {
  answer = () => Promise.reject(new TypeError('unthought of'))
  const dials = origin.dials
  const { status, code, text } = await send(named, '/unthought')
  assert.deepEqual([status, code], [500, 'internal'])
  assert.ok(!text.includes('unthought'))
  assert.equal(origin.dials, dials)
  assert.equal((await recordOf('/unthought')).code, 'internal')
  assert.deepEqual(faults.map(String), ['TypeError: unthought of'], 'only the broker’s own log hears of it')
})

test('a client that leaves while the name is being resolved ends that too, and is recorded', async () => {
  const aborted = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  answer = (signal) => {
    begun.resolve()
    signal.addEventListener('abort', () => aborted.resolve())
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const connection = await openClientConnection(inside, named, origin.port)
  connection
    .begin({ target: '/left' })
    .on('error', () => {})
    .end()
  await begun.promise
  connection[Symbol.dispose]()
  await aborted.promise
  const code = await poll(async () => (await recordOf('/left')).code)
  assert.equal(code, 'client_disconnected')
})

test('a service whose certificate the broker does not trust gets no request, and no secret', async () => {
  const before = origin.requests.length
  const { status, code } = await send(untrusted, '/untrusted')
  assert.deepEqual([status, code], [502, 'upstream_tls_untrusted'])
  assert.equal(origin.requests.length, before)
  assert.equal((await recordOf('/untrusted')).code, 'upstream_tls_untrusted')
})

test('a service with the certificate of another name gets no request either', async () => {
  const { status, code } = await send(misnamed)
  assert.deepEqual([status, code], [502, 'upstream_tls_untrusted'])
})

test('a service that cannot be reached, and one that does not speak HTTP, are answered for', async () => {
  const unreachable = await send(closed, '/closed')
  assert.deepEqual([unreachable.status, unreachable.code], [502, 'upstream_unreachable'])
  assert.equal((await recordOf('/closed')).code, 'upstream_unreachable')
  const malformed = await send(garbled, '/garbled')
  assert.deepEqual([malformed.status, malformed.code], [502, 'upstream_malformed'])
  assert.equal((await recordOf('/garbled')).code, 'upstream_malformed')
})

test('what is revoked while the service is being dialled is not sent (W8)', async () => {
  const begun = Promise.withResolvers<void>()
  const go = Promise.withResolvers<readonly string[]>()
  // This resolver does not care that it was told to stop.
  answer = () => {
    begun.resolve()
    return go.promise
  }
  // One that has no connection to this service that could be used again.
  const other = await world.createSandbox({ name: 'another', secrets: { API_KEY: 'api' } })
  const before = origin.requests.length
  const sent = send(opened, '/revoked', other)
  await begun.promise
  await world.client.secrets.delete('api')
  go.resolve(['127.0.0.1'])
  const { status, code } = await sent
  assert.deepEqual([status, code], [403, 'grant_ended'])
  assert.equal(origin.requests.length, before)
  assert.equal((await recordOf('/revoked')).code, 'grant_ended')
})
