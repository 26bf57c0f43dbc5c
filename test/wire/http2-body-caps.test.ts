import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { after, before, test } from 'node:test'
import { type Http2Connection, openHttp2, receiveStream } from './http2-client.ts'
import { answerWithBody, type OriginStream } from './http2-origin.ts'
import { api, grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'
import { poll } from './poll.ts'

/** The cap of both directions. */
const cap = 1_000
const full = 'x'.repeat(cap)

let scene: Http2Scene
let connection: Http2Connection

before(async () => {
  scene = await openHttp2Scene({}, { maxRequestBytes: cap, maxResponseBytes: cap })
  connection = await openHttp2(scene.inside, grpc)
})

after(async () => {
  connection[Symbol.dispose]()
  await scene[Symbol.asyncDispose]()
})

async function codeOf(path: string): Promise<string | undefined> {
  const record = await poll(async () => (await scene.records()).find((each) => each.path === path))
  return record.code
}

/** The stream as the service has it. */
function arrival(answer: (arrived: OriginStream) => void = () => {}): Promise<OriginStream> {
  return new Promise((resolve) => {
    scene.origin.answer = (arrived) => {
      answer(arrived)
      resolve(arrived)
    }
  })
}

function post(path: string, further: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
  return connection.begin({ ':method': 'POST', ':path': path, ...scene.bearer, ...further }, false)
}

test('AC-7.3, HTTP/2: bodies as long as the cap pass in both directions', async () => {
  scene.origin.answer = answerWithBody
  for (const length of [{}, { 'content-length': String(cap) }]) {
    const stream = post('/fits', length)
    stream.end(full)
    const { status, text } = await receiveStream(stream)
    assert.deepEqual([status, text], [200, full])
  }
})

test('AC-7.3, HTTP/2: a request that says that it is longer is refused before anything is dialled, and its neighbours go on', async () => {
  const before = scene.origin.streams.length
  const stream = post('/declared', { 'content-length': String(cap + 1) })
  const { status, code } = await receiveStream(stream)
  assert.deepEqual([status, code], [413, 'request_body_too_large'])
  assert.equal(scene.origin.streams.length, before)
  assert.equal(await codeOf('/declared'), 'request_body_too_large')
  scene.origin.answer = answerWithBody
  assert.equal((await connection.send({ ':method': 'POST', ':path': '/next', ...scene.bearer }, 'next')).text, 'next')
})

test('AC-7.3, HTTP/2: a request that grows too long is refused while nothing was answered, and nothing beyond the cap is sent', async () => {
  const arrived = arrival()
  const stream = post('/grows')
  stream.write(full)
  const { stream: service } = await arrived
  let bytes = 0
  service.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await poll(() => (bytes === cap ? true : undefined))
  const broken = once(service, 'close')
  stream.write('x')
  const { status, code } = await receiveStream(stream)
  assert.deepEqual([status, code], [413, 'request_body_too_large'])
  await broken
  assert.equal(bytes, cap)
  assert.notEqual(service.rstCode, 0)
  assert.equal(await codeOf('/grows'), 'request_body_too_large')
})

test('AC-7.3, HTTP/2: a request that grows too long behind the beginning of its answer is reset', async () => {
  const arrived = arrival(({ stream }) => {
    stream.respond({ ':status': 200 })
    stream.write('begun')
  })
  const stream = post('/answered')
  stream.write('x')
  await once(stream, 'response')
  const broken = once((await arrived).stream, 'close')
  stream.write(full)
  await assert.rejects(receiveStream(stream), /NGHTTP2_INTERNAL_ERROR/)
  await broken
  assert.equal(await codeOf('/answered'), 'request_body_too_large')
})

test('AC-7.3, HTTP/2: a response that says that it is longer is answered for', async () => {
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-length': cap + 1, 'x-service': '1' })
    stream.end(`${full}x`)
  }
  const { status, code, headers } = await connection.send({ ':path': '/long', ...scene.bearer })
  assert.deepEqual([status, code, headers['x-service']], [502, 'response_body_too_large', undefined])
  assert.equal(await codeOf('/long'), 'response_body_too_large')
})

test('AC-7.3, HTTP/2: a response that grows too long is reset, never a short 200', async () => {
  const arrived = arrival(({ stream }) => {
    stream.respond({ ':status': 200 })
    stream.write('begun')
  })
  const stream = connection.begin({ ':path': '/growing', ...scene.bearer })
  await once(stream, 'response')
  ;(await arrived).stream.end(full)
  await assert.rejects(receiveStream(stream), /NGHTTP2_INTERNAL_ERROR/)
  assert.equal(await codeOf('/growing'), 'response_body_too_large')
})

for (const [what, fields, answer] of [
  ['HEAD', { ':method': 'HEAD' }, { ':status': 200, 'content-length': 5_000 }],
  ['304', {}, { ':status': 304, 'content-length': 5_000 }],
] as const) {
  test(`AC-7.3, HTTP/2: ${what} may say what length it likes`, async () => {
    scene.origin.answer = ({ stream }) => stream.respond(answer, { endStream: true })
    const { status, headers } = await connection.send({ ':path': '/says', ...scene.bearer, ...fields })
    assert.deepEqual([status, headers['content-length']], [answer[':status'], '5000'])
  })
}

test('AC-7.3, HTTP/2: before a service of HTTP/1.1, a response that grows too long is reset as well', async () => {
  using other = await openHttp2(scene.inside, api)
  const stream = other.begin({ ':path': '/scripted/growing', ...scene.bearer })
  const { response } = await scene.scripted.next()
  response.write('begun')
  await once(stream, 'response')
  response.end(full)
  await assert.rejects(receiveStream(stream), /NGHTTP2_INTERNAL_ERROR/)
  assert.equal(await codeOf('/scripted/growing'), 'response_body_too_large')
})
