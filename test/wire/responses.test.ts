import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { api, openStreamScene, other, plain, type StreamScene } from './stream-scene.ts'
import { receive } from './world.ts'

let scene: StreamScene

before(async () => {
  scene = await openStreamScene()
})

after(() => scene[Symbol.asyncDispose]())

test('requests of every kind follow each other on one connection', async () => {
  using connection = await scene.connect()
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
    const { open, response } = await scene.ask(connection, target, method)
    answer(response)
    assert.equal((await receive(await open)).text, text, target)
    const { status } = await scene.outcomeOf(target)
    assert.equal(status, response.statusCode)
  }
  assert.equal(connection.socket.localPort, localPort)
  assert.equal(connection.socket.destroyed, false)
})

test('HEAD, 204 and 304 keep their fields and have no body', async () => {
  using connection = await scene.connect()
  const head = await scene.ask(connection, '/scripted/fields/head', 'HEAD')
  head.response.writeHead(200, { 'content-length': 4321, etag: '"h"' }).end()
  const headed = await receive(await head.open)
  assert.deepEqual([headed.headers['content-length'], headed.headers.etag], ['4321', '"h"'])
  const unchanged = await scene.ask(connection, '/scripted/fields/304')
  unchanged.response.writeHead(304, { etag: '"u"' }).end()
  const kept = await receive(await unchanged.open)
  assert.deepEqual([kept.status, kept.headers.etag, kept.text], [304, '"u"', ''])
  const empty = await scene.ask(connection, '/scripted/fields/204', 'DELETE')
  empty.response.writeHead(204).end()
  const nothing = await receive(await empty.open)
  assert.deepEqual([nothing.status, nothing.headers['content-length'], nothing.text], [204, undefined, ''])
})

test('trailers of a response arrive behind its body, without those that would be dropped as fields', async () => {
  using connection = await scene.connect()
  const { open, response } = await scene.ask(connection, '/scripted/trailers')
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
  const body = `1\r\na\r\n0\r\nX-Data: ${scene.inside.placeholder('API_KEY')}\r\n\r\n`
  const head = [
    'POST /scripted/request-trailers HTTP/1.1',
    `Host: ${api}`,
    scene.bearer.join(': '),
    'Connection: close',
    'Transfer-Encoding: chunked',
  ]
  const answer = scene.inside.sendBytes(api, `${head.join('\r\n')}\r\n\r\n${body}`)
  const { request, response } = await scene.scripted.next()
  await request.resume().toArray()
  assert.deepEqual(request.rawTrailers, [])
  response.end()
  assert.match(await answer, /^HTTP\/1\.1 200 /)
})

test('length, encoding and bytes of a compressed body are what the service sent', async () => {
  using connection = await scene.connect()
  const arrived = scene.scripted.next()
  const headers = [scene.bearer, ['Accept-Encoding', 'gzip, br;q=0.5']] as const
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
  using connection = await scene.connect()
  const before = scene.origin.requests.length
  const { open, response } = await scene.ask(connection, '/scripted/redirect')
  response.writeHead(302, { location: `https://${other}/elsewhere` }).end()
  const { status, headers } = await receive(await open)
  assert.deepEqual([status, headers.location], [302, `https://${other}/elsewhere`])
  assert.equal(scene.origin.requests.length, before + 1)
})

test('cookies stay outside where a secret was attached, and pass elsewhere; Alt-Svc is dropped everywhere', async () => {
  const fields = { 'set-cookie': ['a=1', 'b=2'], 'alt-svc': 'h3=":443"', 'x-kept': 'yes' }
  using injected = await scene.connect()
  const one = await scene.ask(injected, '/scripted/cookies')
  one.response.writeHead(200, fields).end()
  const withSecret = (await receive(await one.open)).headers
  using bare = await scene.connect(plain)
  const arrived = scene.scripted.next()
  const open = bare.open({ target: '/scripted/cookies-bare' })
  ;(await arrived).response.writeHead(200, fields).end()
  const without = (await receive(await open)).headers
  assert.deepEqual([withSecret['set-cookie'], without['set-cookie']], [undefined, ['a=1', 'b=2']])
  assert.deepEqual([withSecret['alt-svc'], without['alt-svc']], [undefined, undefined])
  assert.deepEqual([withSecret['x-kept'], without['x-kept']], ['yes', 'yes'])
})

test('fields that belong to one connection do not cross the broker, in either direction', async () => {
  using connection = await scene.connect()
  const arrived = scene.scripted.next()
  const mine = [
    ['Connection', 'keep-alive, X-Mine'],
    ['X-Mine', '1'],
    ['Keep-Alive', 'timeout=5'],
    ['TE', 'trailers'],
    ['X-Yours', '1'],
  ] as const
  const open = connection.open({ target: '/scripted/hops', headers: [scene.bearer, ...mine] })
  const { request, response } = await arrived
  const { 'x-mine': named, 'keep-alive': keepAlive, te, 'x-yours': kept } = request.headers
  assert.deepEqual([named, keepAlive, te, kept], [undefined, undefined, undefined, '1'])
  response.writeHead(200, { connection: 'close, X-Hop', 'x-hop': '1', 'proxy-authenticate': 'Basic' }).end()
  const { headers } = await receive(await open)
  assert.deepEqual([headers['x-hop'], headers['proxy-authenticate']], [undefined, undefined])
})
