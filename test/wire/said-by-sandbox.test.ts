import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { AuditEvent, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { openSocks } from './socks-client.ts'
import { type Asking, openConnect, type Place, proxyAuthorization, sendBy, type WayIn, waysIn } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const denied = 'denied.service.test'
const root = createTlsRoot()
const key = makeCanary('sk-live-').value

let origin: VerifyingServer
let world: World
let other: Inside
let inside: Inside
let place: Place

before(async () => {
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key }], [denied]: 'public' } })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: key, scopes: [scope(api)] })
  other = await world.createSandbox({ secrets: { API_KEY: 'api' } })
})

// One for each test: denials of a sandbox are counted together when there are many of them.
beforeEach(async () => {
  inside = await world.createSandbox({
    secrets: { API_KEY: 'api' },
    network: { allow: [`http://${denied}:80`, denied] },
    from: ['127.0.0.0/8'],
  })
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [denied] } })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})

afterEach(() => inside.end())

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** The records that `act` makes, an alarm among them, without what differs each time. */
async function recordsOf<Result>(act: () => Promise<Result>) {
  const known = new Set((await world.events()).map(({ id, kind }) => `${id} ${kind}`))
  const result = await act()
  const rows = await poll(async () => {
    const all = await world.events()
    const fresh = all.filter(({ id, kind, decision }) => !known.has(`${id} ${kind}`) && decision !== 'open')
    return fresh.length > 0 ? fresh : undefined
  })
  const events = rows.map(({ event: { id: _id, at: _at, latencyMs: _latency, ...event } }): Said => event)
  return { result, events }
}

type Said = Omit<AuditEvent, 'id' | 'at' | 'latencyMs'>

/** What a sandbox may say about itself, and about who sent it. */
const claims: readonly [what: string, fields: () => readonly (readonly [string, string])[]][] = [
  [
    'X-Forwarded-…',
    () => [
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Forwarded-Host', denied],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Port', '80'],
      ['X-Forwarded-Prefix', '/admin'],
    ],
  ],
  [
    'Forwarded and Via',
    () => [
      ['Forwarded', `for=127.0.0.1;host=${denied};proto=http;by=coatcheck`],
      ['Via', '1.1 coatcheck'],
    ],
  ],
  [
    'an address of its own',
    () => [
      ['X-Real-IP', '127.0.0.1'],
      ['X-Client-IP', '10.0.0.1'],
      ['True-Client-IP', '10.0.0.1'],
      ['CF-Connecting-IP', '10.0.0.1'],
    ],
  ],
  [
    'another target',
    () => [
      ['X-Original-URL', '/admin'],
      ['X-Rewrite-URL', '/admin'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['X-Host', denied],
    ],
  ],
  [
    'what only the broker says',
    () => [
      ['Coatcheck-Sandbox', other.sandbox.id],
      ['Coatcheck-Verdict', 'allow'],
      ['X-Coatcheck-Grant', 'all'],
      ['X-Coatcheck-Rule', '*'],
      ['Proxy-Status', 'coatcheck; error=none'],
      ['X-Request-Id', 'exc_00000000000000000000'],
    ],
  ],
  [
    'counts and notes',
    () => [
      ['X-Security-Note', 'verified'],
      ['X-Content-Length', '0'],
      ['X-RateLimit-Remaining', '1000'],
      ['X-Audit', 'off'],
    ],
  ],
]

const verdicts: readonly [what: string, status: number, ask: () => Omit<Asking, 'secret'>][] = [
  [
    'let through',
    200,
    () => ({ host: api, target: '/json', headers: [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]] }),
  ],
  [
    'refused for another’s placeholder',
    403,
    () => ({ host: api, target: '/json', headers: [['Authorization', `Bearer ${other.placeholder('API_KEY')}`]] }),
  ],
  [
    'refused for a foreign credential',
    403,
    () => ({ host: api, target: '/json', headers: [['Authorization', 'Bearer somebody-elses-key-0123456789']] }),
  ],
]

for (const [what, fields] of claims) {
  for (const [verdict, status, ask] of verdicts) {
    test(`R-31: ${what} changes no verdict and no record: ${verdict}`, async () => {
      for (const way of waysIn) {
        const asking = { ...ask(), secret: 'api' }
        const plain = await recordsOf(() => sendBy(way, place, asking))
        const headers = [...(asking.headers ?? []), ...fields()]
        const claimed = await recordsOf(() => sendBy(way, place, { ...asking, headers }))
        assert.deepEqual(
          [claimed.result.status, claimed.result.code],
          [plain.result.status, plain.result.code],
          way.name,
        )
        // Where only a placeholder says what is meant, one that is missing is another reason to refuse.
        if (way.name !== 'root by key' || status === 200) assert.equal(plain.result.status, status)
        else assert.ok(plain.result.code !== undefined)
        assert.deepEqual(claimed.events, plain.events, way.name)
        assert.ok(claimed.events.every(({ sandbox }) => sandbox === inside.sandbox.id))
      }
    })
  }
}

const wayNamed = (name: string): WayIn => waysIn.find((way) => way.name === name)!

/** What a denied host is asked for: with and without TLS, by every way that can say it. */
const asked: readonly [what: string, ask: () => Promise<unknown>][] = [
  ['http:// in absolute-form', () => absolute(`http://${denied}/json`)],
  ['https:// in absolute-form', () => absolute(`https://${denied}/json`)],
  ['CONNECT to port 80', () => inside80(connectTo(`${denied}:80`))],
  ['CONNECT to port 443', () => inside443('CONNECT')],
  [
    'SOCKS5 to port 80',
    () => inside80(openSocks(place.proxyUrl, { host: denied, port: 80, identity: inside.sandbox })),
  ],
  ['SOCKS5 to port 443', () => inside443('SOCKS5')],
]

async function absolute(target: string): Promise<void> {
  const { hostname, port } = new URL(place.proxyUrl)
  const socket = connect(Number(port), hostname)
  const login = `Proxy-Authorization: ${proxyAuthorization(inside.sandbox)}`
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${denied}\r\n${login}\r\nConnection: close\r\n\r\n`)
  assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 403 [\s\S]*"destination_denied"/)
}

/** A tunnel is opened, so that the reason can be said inside. */
async function inside443(name: string): Promise<void> {
  const { status, code } = await sendBy(wayNamed(name), place, { host: denied, secret: 'api', target: '/json' })
  assert.deepEqual([status, code], [403, 'destination_denied'])
}

async function inside80(tunnel: Promise<Socket>): Promise<void> {
  const socket = await tunnel
  socket.write(`GET /json HTTP/1.1\r\nHost: ${denied}\r\nConnection: close\r\n\r\n`)
  assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 403 [\s\S]*"destination_denied"/)
}

async function connectTo(authority: string): Promise<Socket> {
  const login = ['Proxy-Authorization', proxyAuthorization(inside.sandbox)]
  return (await openConnect(place.proxyUrl, authority, login)).socket
}

for (const [what, ask] of asked) {
  test(`R-33: a denied host is denied by ${what}, and nothing is dialled`, async () => {
    const dials = origin.dials
    const { events } = await recordsOf(ask)
    assert.deepEqual(
      events.map(({ code, host, rule }) => [code, host, rule]),
      [['destination_denied', denied, denied]],
    )
    assert.equal(origin.dials, dials)
  })
}

test('R-33: nor has a denied host an address inside, by which plain HTTP could go', async () => {
  await assert.rejects(inside.addressOf(denied))
})

/** A relay of bytes, as a program inside may run one. */
async function startRelay(): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port } = new URL(place.proxyUrl)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const door = connect(Number(port), hostname)
    for (const socket of [client, door]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .once('close', () => {
          client.destroy()
          door.destroy()
        })
    }
    client.pipe(door).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

for (const way of ['CONNECT', 'SOCKS5', 'absolute-form'].map(wayNamed)) {
  test(`R-34: by a relay, with the same token, the verdict is the same: ${way.name}`, async () => {
    await using relay = await startRelay()
    const relayed: Place = { inside, proxyUrl: relay.url }
    for (const asking of [
      ...verdicts.map(([, , ask]) => ({ ...ask(), secret: 'api' })),
      { host: denied, secret: 'api', target: '/json' },
      { host: 'unknown.service.test', secret: 'api', target: '/json' },
    ]) {
      const straight = await recordsOf(() => sendBy(way, place, asking))
      const through = await recordsOf(() => sendBy(way, relayed, asking))
      assert.deepEqual([through.result.status, through.result.code], [straight.result.status, straight.result.code])
      assert.deepEqual(through.events, straight.events)
    }
  })
}

test('R-34: a tunnel within a tunnel leads nowhere that the first one does not', async () => {
  const login = ['Proxy-Authorization', proxyAuthorization(inside.sandbox), 'Connection', 'close']
  const own = new URL(place.proxyUrl).host
  const { events } = await recordsOf(async () => {
    const { response, socket } = await openConnect(place.proxyUrl, own, login)
    assert.notEqual(response.statusCode, 200)
    socket.destroy()
  })
  assert.ok(events.length === 1 && events[0]?.code !== undefined)
})
