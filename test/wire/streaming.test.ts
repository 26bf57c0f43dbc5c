import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { patternSha256, patternStream } from '../fixtures/pattern-bytes.ts'
import { responseTo } from './client-connection.ts'
import { plateau } from './poll.ts'
import { api, openStreamScene, type StreamScene } from './stream-scene.ts'
import { receive } from './world.ts'

/** Longest body of the slow-reader tests, and the most of it that may be on its way while nobody reads. */
const longBytes = 128 * 1024 * 1024
const mostOnTheWay = 48 * 1024 * 1024

let scene: StreamScene

before(async () => {
  scene = await openStreamScene()
})

after(() => scene[Symbol.asyncDispose]())

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

test('AC-7.2: an event stream arrives event by event, comments and parts of events too, the head before the first one (W1)', async () => {
  using connection = await scene.connect()
  const { open, response } = await scene.ask(connection, '/scripted/events')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  const received = await open
  // The service says each event only after the one before has come out at the other end.
  for (let index = 0; index < 50; index += 1) {
    for (const part of [`data: ${index}\n\n`, ': keep-alive\n\n', ':\n', '\n', 'data: ', 'begun\n\n']) {
      response.write(part)
      assert.equal(await nextChunk(received), part)
    }
  }
  response.end()
  assert.equal((await receive(received)).text, '')
  assert.equal((await scene.outcomeOf('/scripted/events')).status, 200)
})

test('what a client does not read is not read from the service either (W1)', async () => {
  using connection = await scene.connect()
  const { open, response } = await scene.ask(connection, '/scripted/slow')
  response.writeHead(200, { 'content-length': longBytes })
  const poured = pour(response, longBytes)
  const received = await open
  assert.ok((await plateau(poured.taken)) < mostOnTheWay)
  assert.equal(await sha256(received), patternSha256(longBytes))
  await poured.done
})

test('what a service does not read is not read from the client either (W1)', async () => {
  using connection = await scene.connect()
  const arrived = scene.scripted.next()
  const headers = [scene.bearer, ['Content-Length', String(longBytes)]] as const
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
  assert.equal((await scene.outcomeOf('/scripted/slow-upload')).bytesSent, longBytes)
})

test('a client that goes away ends the request at the service, and that is recorded', async () => {
  const connection = await scene.connect()
  const { open, response } = await scene.ask(connection, '/scripted/left')
  const closed = once(response, 'close')
  response.write('the first part')
  await nextChunk(await open)
  connection[Symbol.dispose]()
  await closed
  const { code, status } = await scene.outcomeOf('/scripted/left')
  assert.deepEqual([code, status], ['client_disconnected', 200])
})

test('a client that goes away before any answer ends the request too', async () => {
  const connection = await scene.connect()
  const { response } = await scene.ask(connection, '/scripted/left-early')
  const closed = once(response, 'close')
  connection[Symbol.dispose]()
  await closed
  assert.equal((await scene.outcomeOf('/scripted/left-early')).code, 'client_disconnected')
})

test('a client that goes away while it sends ends the request too', async () => {
  const connection = await scene.connect()
  const headers = [scene.bearer, ['Transfer-Encoding', 'chunked']] as const
  const request = connection.begin({ method: 'POST', target: '/scripted/left-sending', headers })
  request.on('error', () => {})
  const arrived = scene.scripted.next()
  request.write('the beginning')
  const { response } = await arrived
  const closed = once(response, 'close')
  connection[Symbol.dispose]()
  await closed
  assert.equal((await scene.outcomeOf('/scripted/left-sending')).code, 'client_disconnected')
})

for (const [what, target, fields] of [
  ['of known length', '/scripted/broken', { 'content-length': 1_000_000 }],
  ['of unknown length', '/scripted/broken-chunked', {}],
] as const) {
  test(`a response ${what} that the service breaks off is broken off for the client, never a short 200`, async () => {
    using connection = await scene.connect()
    const { open, response } = await scene.ask(connection, target)
    response.writeHead(200, fields)
    response.write('the first part')
    const received = await open
    await nextChunk(received)
    response.destroy()
    await assert.rejects(receive(received), { code: 'ECONNRESET' })
    const { code, status } = await scene.outcomeOf(target)
    assert.deepEqual([code, status], ['upstream_unreachable', 200])
  })
}

test('a client of HTTP/1.0 sees a broken response broken off as well', async () => {
  const socket = await scene.inside.connectTls(api)
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end')).once('error', ({ code }: NodeJS.ErrnoException) => resolve(`${code}`))
  })
  const arrived = scene.scripted.next()
  socket.write(`GET /scripted/broken-1.0 HTTP/1.0\r\nHost: ${api}\r\n${scene.bearer.join(': ')}\r\n\r\n`)
  const { response } = await arrived
  response.write('the first part')
  await once(socket, 'data')
  socket.resume()
  response.destroy()
  assert.equal(await ended, 'ECONNRESET')
  socket.destroy()
})

test('a service that breaks off before it answers is answered for with 502', async () => {
  using connection = await scene.connect()
  const { open, response } = await scene.ask(connection, '/scripted/silent')
  response.destroy()
  const received = await receive(await open)
  assert.deepEqual([received.status, received.code], [502, 'upstream_unreachable'])
})

test('the journal verifies', async () => {
  const { ok, faults } = await scene.world.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
})
