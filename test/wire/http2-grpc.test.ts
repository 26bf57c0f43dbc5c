import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { after, before, test } from 'node:test'
import { type Http2Connection, openHttp2, receiveStream } from './http2-client.ts'
import type { OriginStream } from './http2-origin.ts'
import { grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

/** A message as gRPC frames it: not compressed, its length, its bytes. */
function framed(text: string): Buffer {
  const message = Buffer.from(text)
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}

/** The messages that a text of frames holds. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1)
    messages.push(bytes.toString('utf8', at + 5, at + 5 + length))
    at += 5 + length
  }
  return messages
}

function call(connection: Http2Connection, path: string, further: Record<string, string> = {}): ClientHttp2Stream {
  const fields = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
  return connection.begin({ ...fields, ...scene.bearer, 'grpc-timeout': '5S', ...further }, false)
}

/** Answers with one message for each that came, and says in its trailers how many there were. */
function answerEach({ stream }: OriginStream): void {
  let count = 0
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('data', (chunk: Buffer) => {
    for (const message of messagesIn(chunk)) {
      count += 1
      stream.write(framed(`got ${message}`))
    }
  })
  stream.once('end', () => stream.end())
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-count': String(count) }))
}

test('AC-13.1: a unary call arrives with its metadata, the secret, and its wish for trailers', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = answerEach
  const stream = call(connection, '/service/Unary', { 'x-trace-bin': 'AAEC' })
  stream.end(framed('one'))
  const { status, headers, text, trailers } = await receiveStream(stream)
  assert.deepEqual([status, headers['content-type']], [200, 'application/grpc'])
  assert.deepEqual(messagesIn(Buffer.from(text)), ['got one'])
  assert.deepEqual([trailers['grpc-status'], trailers['x-count']], ['0', '1'])
  const arrived = scene.origin.streams.at(-1)!
  const sent = ['authorization', 'te', 'content-type', 'x-trace-bin', 'grpc-timeout'].map(arrived.value)
  assert.deepEqual(sent, [`Bearer ${scene.key}`, 'trailers', 'application/grpc', 'AAEC', '5S'])
  assert.equal(arrived.raw.includes('content-length'), false)
})

test('AC-13.1: messages of a call in both directions come one by one, each before the next is sent', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = answerEach
  const stream = call(connection, '/service/Chat')
  for (const word of ['one', 'two', 'three']) {
    stream.write(framed(word))
    const [chunk] = (await once(stream, 'data')) as [Buffer]
    assert.deepEqual(messagesIn(chunk), [`got ${word}`])
  }
  const trailers = once(stream, 'trailers')
  stream.end()
  const [{ 'x-count': count }] = await trailers
  assert.equal(count, '3')
})

test('AC-13.1: a stream of the service, and one of the client, go through', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    for (const word of ['a', 'b', 'c']) stream.write(framed(word))
    stream.end()
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  }
  const down = call(connection, '/service/Down')
  down.end(framed('go'))
  const received = await receiveStream(down)
  assert.deepEqual(messagesIn(Buffer.from(received.text)), ['a', 'b', 'c'])

  const messages: string[] = []
  scene.origin.answer = ({ stream }) => {
    stream.on('data', (chunk: Buffer) => messages.push(...messagesIn(chunk)))
    stream.once('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.end(framed(String(messages.length)))
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    })
  }
  const up = call(connection, '/service/Up')
  for (let count = 0; count < 50; count += 1) up.write(framed(`message ${count}`))
  up.end()
  const counted = await receiveStream(up)
  assert.deepEqual([messagesIn(Buffer.from(counted.text)), messages.length], [['50'], 50])
})

test('a call that fails before it answers says so in its only head', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream }) => {
    const fields = { 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'no such thing' }
    stream.respond({ ':status': 200, ...fields }, { endStream: true })
  }
  const stream = call(connection, '/service/Missing')
  let flags = 0
  stream.once('response', (_headers, seen) => {
    flags = seen
  })
  stream.end(framed('one'))
  const { headers, text } = await receiveStream(stream)
  assert.deepEqual([headers['grpc-status'], headers['grpc-message'], text], ['5', 'no such thing', ''])
  assert.equal(flags & 1, 1)
})

test('a call that is refused says why as gRPC does, with the status of the problem', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const before = scene.origin.streams.length
  const stream = call(connection, '/service/Unary', { 'x-api-key': 'sk_live_abcdefghijklmnopqrstuvwx' })
  stream.end(framed('one'))
  const { status, headers, text } = await receiveStream(stream)
  assert.deepEqual([status, headers['grpc-status'], text], [403, '7', ''])
  assert.match(String(headers['proxy-status']), /foreign_credential/)
  assert.match(String(headers['grpc-message']), /^foreign_credential: The request carries a credential/)
  assert.equal(scene.origin.streams.length, before)
})

test('R-60: a placeholder in a message is refused, and its last part does not leave', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const bodies: Buffer[] = []
  scene.origin.answer = ({ stream }) => void stream.on('data', (chunk: Buffer) => bodies.push(chunk))
  const stream = call(connection, '/service/Up')
  stream.write(framed('hello'))
  const placeholder = scene.inside.placeholder('API_KEY')
  stream.end(framed(`x ${placeholder}`))
  const { headers } = await receiveStream(stream)
  assert.match(String(headers['grpc-message']), /^placeholder_undeclared_place: /)
  assert.equal(Buffer.concat(bodies).includes(placeholder), false)
})
