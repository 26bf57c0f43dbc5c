import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { ActivityRow, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { patternSha256, patternStream } from '../fixtures/pattern-bytes.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection, responseTo } from './client-connection.ts'
import { plateau, poll } from './poll.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { type Inside, openWorld, receive, type World } from './world.ts'

const api = 'api.service.test'
const plain = 'plain.service.test'
const other = 'other.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()

/** Longest body of the slow-reader tests, and the most of it that may be on its way while nobody reads. */
const longBytes = 128 * 1024 * 1024
const mostOnTheWay = 48 * 1024 * 1024

let origin: VerifyingServer
let world: World
let inside: Inside
let bearer: readonly [string, string]

before(async () => {
  origin = await startOrigin({
    root,
    hosts: { [api]: [{ scheme: 'bearer', value: key.value }], [plain]: 'public', [other]: 'public' },
    routes: scripted.routes,
  })
  world = await openWorld()
  const scope = (host: string): Scope => ({
    to: host,
    inject: { kind: 'bearer' },
    pin: { address: '127.0.0.1', port: origin.port },
    roots: root.certificate,
  })
  const scopes = [scope(api), scope(plain), scope(other)]
  await world.client.secrets.create({ name: 'api', value: key.value, scopes })
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  bearer = ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const connect = (host = api): Promise<ClientConnection> => openClientConnection(inside, host)

/** Begins a request that the test answers, and waits until the service has it. */
async function ask(connection: ClientConnection, target: string, method = 'GET') {
  const [open, routed] = [connection.open({ method, target, headers: [bearer] }), scripted.next()]
  // A response that never comes is the business of the test that waits for it.
  open.catch(() => {})
  return { open, ...(await routed) }
}

/** The record of the end of the one request on this path. */
function outcomeOf(path: string): Promise<ActivityRow['event']> {
  return poll(async () => {
    const rows = (await world.events()).filter(({ event }) => event.path === path)
    assert.ok(rows.length <= 1, 'one event for one request')
    return rows.find(({ event }) => event.kind === 'exchange.completed')?.event
  })
}

async function nextChunk(response: IncomingMessage): Promise<string> {
  const arrived = once(response, 'data')
  response.resume()
  const [chunk] = (await arrived) as [Buffer]
  response.pause()
  return chunk.toString()
}

/** Writes pattern bytes as fast as they are taken, and counts those that were. */
function pour(sink: ServerResponse, bytes: number): { taken(): number; readonly done: Promise<void> } {
  let taken = 0
  const counted = async function* () {
    for await (const chunk of patternStream(bytes) as AsyncIterable<Buffer>) {
      yield chunk
      taken += chunk.length
    }
  }
  return { taken: () => taken, done: pipeline(counted, sink) }
}

async function sha256(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

test('an event stream arrives event by event, the head before the first one (W1)', async () => {
  using connection = await connect()
  const { open, response } = await ask(connection, '/scripted/events')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  const received = await open
  // The service says each event only after the one before has come out at the other end.
  for (let index = 0; index < 50; index += 1) {
    response.write(`data: ${index}\n\n`)
    assert.equal(await nextChunk(received), `data: ${index}\n\n`)
  }
  response.end()
  assert.equal((await receive(received)).text, '')
  assert.equal((await outcomeOf('/scripted/events')).status, 200)
})

test('what a client does not read is not read from the service either (W1)', async () => {
  using connection = await connect()
  const { open, response } = await ask(connection, '/scripted/slow')
  response.writeHead(200, { 'content-length': longBytes })
  const poured = pour(response, longBytes)
  const received = await open
  assert.ok((await plateau(poured.taken)) < mostOnTheWay)
  assert.equal(await sha256(received), patternSha256(longBytes))
  await poured.done
})

test('what a service does not read is not read from the client either (W1)', async () => {
  using connection = await connect()
  const arrived = scripted.next()
  const headers = [bearer, ['Content-Length', String(longBytes)]] as const
  const request = connection.begin({ method: 'PUT', target: '/scripted/slow-upload', headers })
  const answer = responseTo(request)
  let taken = 0
  const counted = async function* () {
    for await (const chunk of patternStream(longBytes) as AsyncIterable<Buffer>) {
      yield chunk
      taken += chunk.length
    }
  }
  const sent = pipeline(counted, request)
  const routed = await arrived
  assert.ok((await plateau(() => taken)) < mostOnTheWay)
  assert.equal(await sha256(routed.request), patternSha256(longBytes))
  routed.response.end('thanks')
  assert.equal((await receive(await answer)).text, 'thanks')
  await sent
  assert.equal((await outcomeOf('/scripted/slow-upload')).bytesSent, longBytes)
})

test('a client that expects 100 is told to go on, and the service gets the whole body', async () => {
  using connection = await connect()
  const headers = [bearer, ['Content-Length', '5'], ['Expect', '100-continue']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/continue', headers })
  request.flushHeaders()
  const answer = responseTo(request)
  await once(request, 'continue')
  const arrived = scripted.next()
  request.end('hello')
  const routed = await arrived
  const chunks: Buffer[] = []
  for await (const chunk of routed.request) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'hello')
  assert.equal(routed.request.headers.expect, undefined)
  routed.response.end()
  assert.equal((await receive(await answer)).status, 200)
})

for (const [what, host, field] of [
  ['a foreign credential', api, () => ['Authorization', 'Bearer somebody-elses-key-0123456789'] as const],
  ['a placeholder in the wrong place', api, () => ['X-Copy', inside.placeholder('API_KEY')] as const],
] as const) {
  test(`a client that expects 100 is refused before it sends its body: ${what}`, async () => {
    using connection = await connect(host)
    const dials = origin.dials
    const headers = [field(), ['Content-Length', '5'], ['Expect', '100-continue']] as const
    const request = connection.begin({ method: 'POST', target: '/scripted/refused', headers })
    request.on('continue', () => assert.fail('told to go on'))
    request.flushHeaders()
    const received = await receive(await responseTo(request))
    assert.equal(received.status, 403)
    assert.equal(received.headers['connection'], 'close')
    assert.equal(origin.dials, dials)
    request.destroy()
  })
}

test('an answer that comes while the client is still sending reaches it whole', async () => {
  using connection = await connect()
  const headers = [bearer, ['Transfer-Encoding', 'chunked']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/early', headers })
  const arrived = scripted.next()
  request.write('the beginning')
  const { response } = await arrived
  response.writeHead(413, { 'content-type': 'text/plain', connection: 'close' }).end('too much')
  const received = await receive(await responseTo(request))
  assert.deepEqual([received.status, received.text], [413, 'too much'])
  const { status, upstreamStatus, bytesReceived } = await outcomeOf('/scripted/early')
  assert.deepEqual([status, upstreamStatus, bytesReceived], [413, 413, 8])
})

test('after an early answer the client may finish its upload, and use the connection again', async () => {
  const socket = await inside.connectTls(api)
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${api}\r\n${bearer.join(': ')}\r\n`
  const arrived = scripted.next()
  socket.write(`${head('POST /scripted/early-then-more')}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`)
  const { response } = await arrived
  response.writeHead(409, { connection: 'close' }).end('no')
  assert.match(String(await once(socket, 'data')), /^HTTP\/1\.1 409 /)
  socket.pause()
  const megabyte = 1024 * 1024
  for (let sent = 0; sent < 8; sent += 1) {
    socket.write(`${megabyte.toString(16)}\r\n`)
    socket.write(Buffer.alloc(megabyte))
    if (!socket.write('\r\n')) await once(socket, 'drain')
  }
  socket.write(`0\r\n\r\n${head('GET /json')}Connection: close\r\n\r\n`)
  const text = Buffer.concat(await socket.toArray()).toString()
  assert.match(text, /HTTP\/1\.1 200 /)
})

test('a client that is refused in the middle of a long upload gets to read why', async () => {
  using connection = await connect()
  const headers = [bearer, ['Content-Length', String(8 * 1024 * 1024)]] as const
  const request = connection.begin({ method: 'PUT', target: '/scripted/refused-upload', headers })
  const arrived = scripted.next()
  request.write(Buffer.alloc(300 * 1024))
  const routed = await arrived
  const broken = once(routed.request, 'error')
  routed.request.resume()
  request.write(inside.placeholder('API_KEY'))
  request.write(Buffer.alloc(4 * 1024 * 1024))
  const received = await receive(await responseTo(request))
  assert.deepEqual([received.status, received.code], [403, 'placeholder_undeclared_place'])
  await broken
  assert.equal((await outcomeOf('/scripted/refused-upload')).code, 'placeholder_undeclared_place')
  request.destroy()
})

test('requests of every kind follow each other on one connection', async () => {
  using connection = await connect()
  const { localPort } = connection.socket
  const answers: readonly (readonly [string, string, (response: ServerResponse) => unknown, string])[] = [
    ['GET', '/scripted/one', (response) => response.end('one'), 'one'],
    ['HEAD', '/scripted/head', (response) => response.writeHead(200, { 'content-length': 4321 }).end(), ''],
    ['GET', '/scripted/204', (response) => response.writeHead(204).end(), ''],
    ['GET', '/scripted/304', (response) => response.writeHead(304, { etag: '"e"', 'content-length': 99 }).end(), ''],
    ['GET', '/scripted/empty', (response) => response.writeHead(200, { 'content-length': 0 }).end(), ''],
    ['DELETE', '/scripted/chunked', (response) => response.write('a', () => response.end('b')), 'ab'],
    ['GET', '/scripted/last', (response) => response.end('last'), 'last'],
  ]
  for (const [method, target, answer, text] of answers) {
    const { open, response } = await ask(connection, target, method)
    answer(response)
    assert.equal((await receive(await open)).text, text, target)
    const { status } = await outcomeOf(target)
    assert.equal(status, response.statusCode)
  }
  assert.equal(connection.socket.localPort, localPort)
  assert.equal(connection.socket.destroyed, false)
})

test('HEAD, 204 and 304 keep their fields and have no body', async () => {
  using connection = await connect()
  const head = await ask(connection, '/scripted/fields/head', 'HEAD')
  head.response.writeHead(200, { 'content-length': 4321, etag: '"h"' }).end()
  const headed = await receive(await head.open)
  assert.deepEqual([headed.headers['content-length'], headed.headers.etag], ['4321', '"h"'])
  const unchanged = await ask(connection, '/scripted/fields/304')
  unchanged.response.writeHead(304, { etag: '"u"' }).end()
  const kept = await receive(await unchanged.open)
  assert.deepEqual([kept.status, kept.headers.etag, kept.text], [304, '"u"', ''])
  const empty = await ask(connection, '/scripted/fields/204', 'DELETE')
  empty.response.writeHead(204).end()
  const nothing = await receive(await empty.open)
  assert.deepEqual([nothing.status, nothing.headers['content-length'], nothing.text], [204, undefined, ''])
})

test('trailers of a response arrive behind its body, without those that would be dropped as fields', async () => {
  using connection = await connect()
  const { open, response } = await ask(connection, '/scripted/trailers')
  response.writeHead(200, { trailer: 'X-Sum' })
  response.write('body')
  response.addTrailers([
    ['X-Sum', '42'],
    ['Set-Cookie', 'session=real'],
  ])
  response.end()
  const received = await open
  assert.equal((await receive(received)).text, 'body')
  assert.deepEqual(received.rawTrailers, ['X-Sum', '42'])
})

test('trailers of a request stay behind, and a placeholder in them with them (R-60)', async () => {
  const body = `1\r\na\r\n0\r\nX-Data: ${inside.placeholder('API_KEY')}\r\n\r\n`
  const head = [
    'POST /scripted/request-trailers HTTP/1.1',
    `Host: ${api}`,
    bearer.join(': '),
    'Connection: close',
    'Transfer-Encoding: chunked',
  ]
  const answer = inside.sendBytes(api, `${head.join('\r\n')}\r\n\r\n${body}`)
  const { request, response } = await scripted.next()
  await request.resume().toArray()
  assert.deepEqual(request.rawTrailers, [])
  response.end()
  assert.match(await answer, /^HTTP\/1\.1 200 /)
})

test('a client that goes away ends the request at the service, and that is recorded', async () => {
  const connection = await connect()
  const { open, response } = await ask(connection, '/scripted/left')
  const closed = once(response, 'close')
  response.write('the first part')
  await nextChunk(await open)
  connection[Symbol.dispose]()
  await closed
  const { code, status } = await outcomeOf('/scripted/left')
  assert.deepEqual([code, status], ['client_disconnected', undefined])
})

test('a client that goes away before any answer ends the request too', async () => {
  const connection = await connect()
  const { response } = await ask(connection, '/scripted/left-early')
  const closed = once(response, 'close')
  connection[Symbol.dispose]()
  await closed
  assert.equal((await outcomeOf('/scripted/left-early')).code, 'client_disconnected')
})

test('a client that goes away while it sends ends the request too', async () => {
  const connection = await connect()
  const headers = [bearer, ['Transfer-Encoding', 'chunked']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/left-sending', headers })
  request.on('error', () => {})
  const arrived = scripted.next()
  request.write('the beginning')
  const { response } = await arrived
  const closed = once(response, 'close')
  connection[Symbol.dispose]()
  await closed
  assert.equal((await outcomeOf('/scripted/left-sending')).code, 'client_disconnected')
})

for (const [what, target, fields] of [
  ['of known length', '/scripted/broken', { 'content-length': 1000 }],
  ['of unknown length', '/scripted/broken-chunked', {}],
] as const) {
  test(`a response ${what} that the service breaks off is broken off for the client, never a short 200`, async () => {
    using connection = await connect()
    const { open, response } = await ask(connection, target)
    response.writeHead(200, fields)
    response.write('the first part')
    const received = await open
    await nextChunk(received)
    response.destroy()
    await assert.rejects(receive(received), { code: 'ECONNRESET' })
    const { code, status } = await outcomeOf(target)
    assert.deepEqual([code, status], ['upstream_unreachable', undefined])
  })
}

test('a client of HTTP/1.0 sees a broken response broken off as well', async () => {
  const socket = await inside.connectTls(api)
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end')).once('error', ({ code }: NodeJS.ErrnoException) => resolve(`${code}`))
  })
  const arrived = scripted.next()
  socket.write(`GET /scripted/broken-1.0 HTTP/1.0\r\nHost: ${api}\r\n${bearer.join(': ')}\r\n\r\n`)
  const { response } = await arrived
  response.write('the first part')
  await once(socket, 'data')
  socket.resume()
  response.destroy()
  assert.equal(await ended, 'ECONNRESET')
  socket.destroy()
})

test('a service that breaks off before it answers is answered for with 502', async () => {
  using connection = await connect()
  const { open, response } = await ask(connection, '/scripted/silent')
  response.destroy()
  const received = await receive(await open)
  assert.deepEqual([received.status, received.code], [502, 'upstream_unreachable'])
})

test('length, encoding and bytes of a compressed body are what the service sent', async () => {
  using connection = await connect()
  const arrived = scripted.next()
  const headers = [bearer, ['Accept-Encoding', 'gzip, br;q=0.5']] as const
  const open = connection.open({ target: '/scripted/gzip', headers })
  const { request, response } = await arrived
  assert.equal(request.headers['accept-encoding'], 'gzip, br;q=0.5')
  const body = gzipSync('the same bytes')
  response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length, etag: '"g"' }).end(body)
  const received = await open
  const { 'content-encoding': encoding, 'content-length': length, etag } = received.headers
  assert.deepEqual([encoding, length, etag], ['gzip', String(body.length), '"g"'])
  assert.deepEqual(Buffer.concat(await received.toArray()), body)
})

test('a redirect is handed to the client, and nobody follows it', async () => {
  using connection = await connect()
  const before = origin.requests.length
  const { open, response } = await ask(connection, '/scripted/redirect')
  response.writeHead(302, { location: `https://${other}/elsewhere` }).end()
  const { status, headers } = await receive(await open)
  assert.deepEqual([status, headers.location], [302, `https://${other}/elsewhere`])
  assert.equal(origin.requests.length, before + 1)
})

test('cookies are dropped where a secret was attached, and kept elsewhere; Alt-Svc is dropped everywhere', async () => {
  const fields = { 'set-cookie': ['a=1', 'b=2'], 'alt-svc': 'h3=":443"', 'x-kept': 'yes' }
  using injected = await connect()
  const one = await ask(injected, '/scripted/cookies')
  one.response.writeHead(200, fields).end()
  const withSecret = (await receive(await one.open)).headers
  using bare = await connect(plain)
  const arrived = scripted.next()
  const open = bare.open({ target: '/scripted/cookies-bare' })
  ;(await arrived).response.writeHead(200, fields).end()
  const without = (await receive(await open)).headers
  assert.deepEqual([withSecret['set-cookie'], without['set-cookie']], [undefined, ['a=1', 'b=2']])
  assert.deepEqual([withSecret['alt-svc'], without['alt-svc']], [undefined, undefined])
  assert.deepEqual([withSecret['x-kept'], without['x-kept']], ['yes', 'yes'])
})

test('fields that belong to one connection do not cross the broker, in either direction', async () => {
  using connection = await connect()
  const arrived = scripted.next()
  const mine = [
    ['Connection', 'keep-alive, X-Mine'],
    ['X-Mine', '1'],
    ['Keep-Alive', 'timeout=5'],
    ['TE', 'trailers'],
    ['X-Yours', '1'],
  ] as const
  const open = connection.open({ target: '/scripted/hops', headers: [bearer, ...mine] })
  const { request, response } = await arrived
  const { 'x-mine': named, 'keep-alive': keepAlive, te, 'x-yours': kept } = request.headers
  assert.deepEqual([named, keepAlive, te, kept], [undefined, undefined, undefined, '1'])
  response.writeHead(200, { connection: 'close, X-Hop', 'x-hop': '1', 'proxy-authenticate': 'Basic' }).end()
  const { headers } = await receive(await open)
  assert.deepEqual([headers['x-hop'], headers['proxy-authenticate']], [undefined, undefined])
})

test('the journal verifies', async () => {
  const { ok, faults } = await world.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
})
