import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import type { ActivityRow, NetworkRule, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { patternSha256, patternStream } from '../fixtures/pattern-bytes.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { type Inside, openWorld, type Received, receive, type World } from './world.ts'

const api = 'api.service.test'
const open = 'open.service.test'
const both = 'both.service.test'
const clear = 'clear.service.test'
const denied = 'denied.service.test'
const gone = 'gone.service.test'
const altPort = 8443
const key = makeCanary('sk-live-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let inside: Inside
/** Answers every line with the same line, and counts its connections. */
let echo: Server
let echoed = 0

before(async () => {
  const hosts = {
    [api]: [{ scheme: 'bearer', value: key.value }] as const,
    [open]: 'public',
    [both]: 'public',
  } as const
  origin = await startOrigin({ root, hosts })
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    echoed += 1
    socket.on('error', () => {}).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  world = await openWorld()
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [api, both, denied].map(scope) })
  const closedPort = await freePort()
  const allow: readonly NetworkRule[] = [
    { to: open, pin },
    { to: both, pin },
    { to: denied, pin },
    { to: `http://${clear}:80`, pin: { address: '127.0.0.1', port: (echo.address() as AddressInfo).port } },
    { to: gone, pin: { address: '127.0.0.1', port: closedPort } },
    { to: `https://${open}:${altPort}`, pin },
  ]
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, network: { allow } })
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [denied] } })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
  echo.close()
})

/** A TLS connection inside the sandbox that trusts `ca` and nothing else. */
async function connectTrusting(ca: string, host: string, { serverName = host, port = 443 } = {}): Promise<TLSSocket> {
  const options = { host: await inside.addressOf(host), port: inside.portOf(port), servername: serverName, ca }
  const socket = tlsConnect(options)
  await once(socket, 'secureConnect')
  return socket
}

/** A connection to the port behind 443 or 80 at an address, with the bytes that it says first. */
async function openWith(bytes: string | Buffer, address: string, port = 443) {
  const socket = connect(inside.portOf(port), address)
  socket.write(bytes)
  return Buffer.concat(await socket.toArray()).toString('latin1')
}

async function exchange(socket: TLSSocket, host: string, target: string, headers: readonly string[] = []) {
  const createConnection = () => socket
  const all = ['Host', host, ...headers]
  const request = httpRequest({ createConnection, setHost: false, path: target, headers: all })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  return receive(response)
}

/** The records that are made while `act` runs and shortly after: `count` of them. */
async function recorded<Result>(count: number, act: () => Promise<Result>) {
  const known = new Set((await world.events()).map(({ id }) => id))
  const result = await act()
  const rows = await poll(async (): Promise<readonly ActivityRow[] | undefined> => {
    const fresh = (await world.events()).filter(({ id, decision }) => !known.has(id) && decision !== 'open')
    return fresh.length >= count ? fresh : undefined
  })
  assert.equal(rows.length, count, JSON.stringify(rows))
  return { result, event: rows[0]!.event, decision: rows[0]!.decision }
}

/** That something is refused with this record, and that nothing was dialled. */
async function assertRefused<Result>(code: string, act: () => Promise<Result>): Promise<Result> {
  const [dials, echoes] = [origin.dials, echoed]
  const { result, event, decision } = await recorded(1, act)
  assert.deepEqual([decision, event.code], ['refused', code])
  assert.deepEqual([origin.dials, echoed], [dials, echoes])
  return result
}

test('AC-20.1: a tunnel carries TLS from end to end: the client sees the certificate of the service (W7)', async () => {
  const { event, decision } = await recorded(1, async () => {
    const socket = await connectTrusting(root.certificate, open)
    assert.equal(socket.getPeerCertificate().issuer.CN, 'Fixture Root')
    const { text, status } = await exchange(socket, open, '/bytes/100000')
    assert.equal(status, 200)
    assert.ok(text.length > 0)
    socket.destroy()
  })
  assert.deepEqual([event.kind, decision, event.host, event.rule], ['connection.completed', 'allowed', open, open])
  assert.ok(event.bytesReceived! > 100_000 && event.bytesSent! > 100, 'the record has what went through')
  assert.deepEqual([event.secrets, event.path, event.code], [undefined, undefined, undefined])
})

test('a client in a tunnel that trusts only the authority of the sandbox does not trust the service', async () => {
  await assert.rejects(connectTrusting(inside.sandbox.connect.ca, open), { code: /SELF_SIGNED|UNABLE/ })
})

test('AC-20.1: a tunnel is not inspected: a placeholder that is sent through it reaches the service as it is', async () => {
  const headers = ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]
  const socket = await connectTrusting(root.certificate, open)
  assert.equal((await exchange(socket, open, '/json?tunnelled', headers)).status, 200)
  const { rawHeaders } = origin.requests.find(({ target }) => target === '/json?tunnelled')!
  assert.ok(rawHeaders.includes(headers[1]!), 'neither replaced nor refused')
})

test('a long upload and its answer pass through a tunnel unchanged', async () => {
  const bytes = 16 * 1024 * 1024
  const socket = await connectTrusting(root.certificate, open)
  const headers = { host: open, 'content-length': bytes }
  const createConnection = () => socket
  const request = httpRequest({ createConnection, method: 'POST', path: '/upload', headers })
  patternStream(bytes).pipe(request)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.deepEqual(JSON.parse((await receive(response)).text), { bytes, sha256: patternSha256(bytes) })
})

test('a name that a grant covers is inspected, also where a network rule allows it', async () => {
  const socket = await connectTrusting(inside.sandbox.connect.ca, both)
  assert.match(String(socket.getPeerCertificate().issuer.CN), /^Coatcheck sandbox /)
  const headers = ['X-Copy', inside.placeholder('API_KEY')]
  assert.equal((await exchange(socket, both, '/json', headers)).code, 'placeholder_undeclared_place')
})

test('a deny rule wins over an allow rule and over a grant', async () => {
  await assertRefused('destination_denied', () => assert.rejects(inside.addressOf(denied), { code: 'ENOTFOUND' }))
  // Whoever knows the name does not need the resolver; the address of another name does not help.
  const refused = await assertRefused('destination_mismatch', () => sendTo(api, denied))
  assert.equal(refused.code, 'destination_mismatch')
})

test('a deny rule wins over "everything"', async () => {
  const other = await world.createSandbox({ network: { allow: ['*'], deny: [denied] } })
  await assert.rejects(other.addressOf(denied), { code: 'ENOTFOUND' })
  assert.ok(await other.addressOf('whatever.service.test'))
  await other.end()
})

async function sendTo(dial: string, named: string, headers: readonly string[] = []): Promise<Received> {
  const socket = await connectTrusting(inside.sandbox.connect.ca, dial, { serverName: named })
  return exchange(socket, named, '/json', headers)
}

test('plain HTTP to the host of an https scope is refused, and its placeholder goes nowhere (SEC-07)', async () => {
  const head = `GET /json HTTP/1.1\r\nHost: ${api}\r\nAuthorization: Bearer ${inside.placeholder('API_KEY')}\r\n\r\n`
  const address = await inside.addressOf(api)
  const answer = await assertRefused('destination_denied', () => openWith(head, address, 80))
  assert.match(answer, /^HTTP\/1\.1 403 /)
  assert.match(answer, /"code": "destination_denied"/)
})

test('plain HTTP on the TLS port, and another port than that of the scope, are refused (SEC-07)', async () => {
  const head = `GET /json HTTP/1.1\r\nHost: ${api}\r\n\r\n`
  const address = await inside.addressOf(api)
  assert.match(await assertRefused('destination_denied', () => openWith(head, address, 443)), /^HTTP\/1\.1 403 /)
  const refused = await assertRefused('destination_denied', async () => {
    const socket = await connectTrusting(inside.sandbox.connect.ca, api, { port: altPort })
    return exchange(socket, `${api}:${altPort}`, '/json')
  })
  assert.deepEqual([refused.status, refused.code], [403, 'destination_denied'])
})

test('a host that is allowed in clear text is tunnelled in clear text, and not on another port', async () => {
  const address = await inside.addressOf(clear)
  const head = `GET / HTTP/1.1\r\nHost: ${clear}\r\n\r\n`
  const socket = connect({ port: inside.portOf(80), host: address, allowHalfOpen: true })
  const { result, event } = await recorded(1, async () => {
    socket.end(head)
    return (await socket.toArray()).join('')
  })
  assert.equal(result, head, 'a half-closed connection still gets its answer')
  assert.deepEqual(
    [event.kind, event.bytesSent, event.bytesReceived],
    ['connection.completed', head.length, head.length],
  )
  assert.match(await assertRefused('destination_denied', () => openWith(head, address, 443)), /^HTTP\/1\.1 403 /)
})

test('an address that no name has is refused, whatever name is said there (R-02, R-18)', async () => {
  const nobody = '127.77.0.24'
  const ca = inside.sandbox.connect.ca
  const refused = await assertRefused('destination_mismatch', async () => {
    const socket = tlsConnect({ host: nobody, port: inside.portOf(443), servername: api, ca })
    await once(socket, 'secureConnect')
    return exchange(socket, api, '/json', ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`])
  })
  assert.deepEqual([refused.status, refused.code], [421, 'destination_mismatch'])
  const head = `GET / HTTP/1.1\r\nHost: ${clear}\r\n\r\n`
  const answer = await assertRefused('destination_mismatch', () => openWith(head, nobody, 80))
  assert.match(answer, /^HTTP\/1\.1 421 /)
})

for (const [what, named] of [
  ['a name that no rule knows', 'evil.test'],
  ['a name that has another address', open],
] as const) {
  test(`at the address of a granted host, ${what} is refused inside TLS (R-50, R-02)`, async () => {
    const refused = await assertRefused('destination_mismatch', () => sendTo(api, named))
    assert.deepEqual([refused.status, refused.code], [421, 'destination_mismatch'])
  })
}

test('the TLS name of a granted host does not open the tunnel at whose address it is said (R-50)', async () => {
  const refused = await assertRefused('destination_mismatch', () => sendTo(open, api))
  assert.equal(refused.code, 'destination_mismatch')
})

test('a client that says no TLS name gets nothing (R-50)', async () => {
  await assertRefused('destination_mismatch', async () => {
    const socket = tlsConnect({ host: await inside.addressOf(open), port: inside.portOf(443), servername: '' })
    await assert.rejects(once(socket, 'secureConnect'))
  })
})

for (const [what, bytes] of [
  ['another protocol', 'SSH-2.0-OpenSSH_10.0\r\n'],
  ['a hello that is none', Buffer.from([22, 3, 1, 0, 4, 9, 9, 9, 9])],
  ['bytes without meaning', Buffer.alloc(64)],
  ['a method in small letters', 'get / HTTP/1.1\r\n\r\n'],
] as const) {
  test(`a connection that opens with ${what} is closed without an answer`, async () => {
    const address = await inside.addressOf(open)
    assert.equal(await assertRefused('protocol_unsupported', () => openWith(bytes, address)), '')
  })
}

test('a client that does not trust the authority of the sandbox is recorded', async () => {
  const address = await inside.addressOf(api)
  const client = ['openssl', 's_client', '-connect', `${address}:${inside.portOf(443)}`, '-servername', api]
  const trust = ['-verify_return_error', '-no-CAfile', '-no-CApath', '-no-CAstore']
  const { PATH = '' } = process.env
  const run = () => runToEnd([...client, ...trust], { env: { PATH } })
  assert.notEqual((await assertRefused('client_tls_failed', run)).code, 0)
})

test('a client that leaves in the middle of the TLS handshake is recorded', async () => {
  const hello = await captureHello(api)
  const address = await inside.addressOf(api)
  await assertRefused('client_tls_failed', async () => {
    const socket = connect(inside.portOf(443), address)
    socket.write(hello)
    await once(socket, 'data')
    socket.end().resume()
    await once(socket, 'close')
  })
})

/** The first bytes that a TLS client says. */
async function captureHello(serverName: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const client = tlsConnect({ port, host: '127.0.0.1', servername: serverName }).on('error', () => {})
  const [socket] = await accepted
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

test('a tunnel to a service that does not answer is closed, and the record says why', async () => {
  const { event } = await recorded(1, () => assert.rejects(connectTrusting(root.certificate, gone)))
  assert.deepEqual([event.kind, event.host, event.code], ['connection.completed', gone, 'upstream_unreachable'])
})

test('the client leaving ends the connection at the service, and the other way round', async () => {
  const opened = once(echo, 'connection')
  const socket = connect(inside.portOf(80), await inside.addressOf(clear))
  socket.on('error', () => {}).write('GET')
  const [service] = await opened
  const serviceClosed = once(service, 'close')
  socket.resetAndDestroy()
  await serviceClosed

  const reopened = once(echo, 'connection')
  const second = connect(inside.portOf(80), await inside.addressOf(clear))
  second.on('error', () => {}).write('GET')
  const [other] = await reopened
  const closed = once(second, 'close')
  other.destroy()
  second.resume()
  await closed
})

test('the end of a sandbox ends its tunnels, and the record says why (N2)', async () => {
  const pin = { address: '127.0.0.1', port: (echo.address() as AddressInfo).port }
  const other = await world.createSandbox({ network: { allow: [{ to: `http://${clear}:80`, pin }] } })
  const opened = once(echo, 'connection')
  const socket = connect(other.portOf(80), await other.addressOf(clear))
  socket.on('error', () => {}).write('GET')
  const [service] = await opened
  const closed = Promise.all([once(socket, 'close'), once(service, 'close')])
  socket.resume()
  const id = other.sandbox.id
  await other.end()
  await closed
  const { event } = await poll(async () =>
    (await world.events()).find(({ event: { sandbox, kind } }) => sandbox === id && kind === 'connection.completed'),
  )
  assert.equal(event.code, 'sandbox_expired')
})

test('the journal verifies', async () => {
  const { ok, faults } = await world.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
})
