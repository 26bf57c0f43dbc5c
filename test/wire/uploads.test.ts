import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { responseTo } from './client-connection.ts'
import { api, openStreamScene, type StreamScene } from './stream-scene.ts'
import { receive } from './world.ts'

let scene: StreamScene

before(async () => {
  scene = await openStreamScene()
})

after(() => scene[Symbol.asyncDispose]())

test('a client that expects 100 is told to go on, and the service gets the whole body', async () => {
  using connection = await scene.connect()
  const headers = [scene.bearer, ['Content-Length', '5'], ['Expect', '100-continue']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/continue', headers })
  request.flushHeaders()
  const answer = responseTo(request)
  await once(request, 'continue')
  const arrived = scene.scripted.next()
  request.end('hello')
  const routed = await arrived
  const chunks: Buffer[] = []
  for await (const chunk of routed.request) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'hello')
  assert.equal(routed.request.headers.expect, undefined)
  routed.response.end()
  assert.equal((await receive(await answer)).status, 200)
})

for (const [what, field] of [
  ['a foreign credential', () => ['Authorization', 'Bearer somebody-elses-key-0123456789'] as const],
  ['a placeholder in the wrong place', () => ['X-Copy', scene.inside.placeholder('API_KEY')] as const],
] as const) {
  test(`a client that expects 100 is refused before it sends its body: ${what}`, async () => {
    using connection = await scene.connect()
    const dials = scene.origin.dials
    const headers = [field(), ['Content-Length', '5'], ['Expect', '100-continue']] as const
    const request = connection.begin({ method: 'POST', target: '/scripted/refused', headers })
    request.on('continue', () => assert.fail('told to go on'))
    request.flushHeaders()
    const received = await receive(await responseTo(request))
    assert.equal(received.status, 403)
    assert.equal(received.headers['connection'], 'close')
    assert.equal(scene.origin.dials, dials)
    request.destroy()
  })
}

test('an answer that comes while the client is still sending reaches it whole', async () => {
  using connection = await scene.connect()
  const headers = [scene.bearer, ['Transfer-Encoding', 'chunked']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/early', headers })
  const arrived = scene.scripted.next()
  request.write('the beginning')
  const { response } = await arrived
  response.writeHead(413, { 'content-type': 'text/plain', connection: 'close' }).end('too much')
  const received = await receive(await responseTo(request))
  assert.deepEqual([received.status, received.text], [413, 'too much'])
  const { status, upstreamStatus, bytesReceived } = await scene.outcomeOf('/scripted/early')
  assert.deepEqual([status, upstreamStatus, bytesReceived], [413, 413, 8])
})

test('after an early answer the client may finish its upload, and use the connection again', async () => {
  const socket = await scene.inside.connectTls(api)
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${api}\r\n${scene.bearer.join(': ')}\r\n`
  const arrived = scene.scripted.next()
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
  using connection = await scene.connect()
  const headers = [scene.bearer, ['Content-Length', String(8 * 1024 * 1024)]] as const
  const request = connection.begin({ method: 'PUT', target: '/scripted/refused-upload', headers })
  const arrived = scene.scripted.next()
  request.write(Buffer.alloc(300 * 1024))
  const routed = await arrived
  const broken = once(routed.request, 'error')
  routed.request.resume()
  request.write(scene.inside.placeholder('API_KEY'))
  request.write(Buffer.alloc(4 * 1024 * 1024))
  const received = await receive(await responseTo(request))
  assert.deepEqual([received.status, received.code], [403, 'placeholder_undeclared_place'])
  await broken
  assert.equal((await scene.outcomeOf('/scripted/refused-upload')).code, 'placeholder_undeclared_place')
  request.destroy()
})
