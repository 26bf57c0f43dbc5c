import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { after, before, test } from 'node:test'
import type { AuditEvent } from '@coatcheck/contract'
import { connectSecurely, openHttp2 } from './http2-client.ts'
import { block, code, type Frame, flag, frame, frameType, preface, readFrames } from './http2-frames.ts'
import { api, grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'
import { poll } from './poll.ts'

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

type Fields = readonly (readonly [string, string])[]

/** The pseudo-fields of a request, with other ones in their place. */
function pseudo(other: Readonly<Record<string, string>> = {}): Fields {
  const usual = { ':method': 'GET', ':scheme': 'https', ':authority': grpc, ':path': '/' }
  return Object.entries({ ...usual, ...other })
}

/** Sends frames on a connection of its own, and says what came back until it closed or was answered. */
async function exchange(
  ...sent: readonly Buffer[]
): Promise<{ frames: readonly Frame[]; reset: number | undefined; isBroken: boolean }> {
  const socket = await connectSecurely(scene.inside, grpc)
  const frames: Frame[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  readFrames(socket, (received) => {
    frames.push(received)
    const isEnd = (received.flags & flag.endStream) !== 0 && received.stream > 0
    if (received.type === frameType.goaway || received.type === frameType.reset || isEnd) resolve()
  })
  socket.on('error', () => {}).once('close', resolve)
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...sent]))
  await promise
  const isClosed = socket.destroyed
  socket.destroy()
  const broken = frames.find(({ type }) => type === frameType.reset || type === frameType.goaway)
  const at = broken?.type === frameType.goaway ? 4 : 0
  return { frames, reset: broken?.payload.readUInt32BE(at), isBroken: isClosed || broken !== undefined }
}

const head = (fields: Fields, flags: number = flag.endHeaders | flag.endStream): Buffer =>
  frame(frameType.headers, flags, 1, block(fields))

/** Waits for a record with such a code. */
async function recordedAs(wanted: RegExp): Promise<AuditEvent> {
  return poll(async () => (await scene.records()).find(({ code: why }) => wanted.test(String(why))))
}

async function recorded(): Promise<AuditEvent> {
  return poll(async () => (await scene.records())[0])
}

const bearer = (): Fields => [['authorization', scene.bearer.authorization]]

const unlike: readonly [what: string, fields: () => Fields][] = [
  ['R-06: an authority that is another host', () => [...pseudo({ ':authority': 'evil.example' }), ...bearer()]],
  ['R-06: an authority with another port', () => [...pseudo({ ':authority': `${grpc}:444` }), ...bearer()]],
  ['an authority with a user', () => [...pseudo({ ':authority': `a@${grpc}` }), ...bearer()]],
  ['R-06: a Host that differs from the authority', () => [...pseudo(), ['host', 'evil.example'], ...bearer()]],
  [
    'R-06: an authority that differs from a Host',
    () => [...pseudo({ ':authority': 'evil.example' }), ['host', grpc], ...bearer()],
  ],
]

for (const [what, fields] of unlike) {
  test(`${what} is refused`, async () => {
    const before = scene.origin.streams.length
    const { frames } = await exchange(head(fields()))
    const answer = frames.find(({ type }) => type === frameType.data)?.payload.toString() ?? ''
    // User information is broken off by Node's own reader.
    if (!what.includes('user')) {
      assert.match(answer, /destination_mismatch/)
      assert.equal((await recorded()).code, 'destination_mismatch')
    }
    assert.equal(scene.origin.streams.length, before)
  })
}

test('a Host that says the same as the authority is one destination', async () => {
  const before = scene.origin.streams.length
  await exchange(head([...pseudo(), ['host', grpc.toUpperCase()], ...bearer()]))
  assert.equal(scene.origin.streams.length, before + 1)
  assert.equal((await recorded()).status, 200)
})

/** What has a form in HTTP/2 of the ways to smuggle requests over HTTP/1.1, and what only HTTP/2 has. */
const malformed: readonly [what: string, fields: () => Fields, body?: string][] = [
  [
    'Transfer-Encoding',
    () => [...pseudo({ ':method': 'POST' }), ['transfer-encoding', 'chunked']],
    '0\r\n\r\nGET / HTTP/1.1',
  ],
  ['Connection', () => [...pseudo(), ['connection', 'close']]],
  ['Keep-Alive', () => [...pseudo(), ['keep-alive', 'timeout=5']]],
  ['Proxy-Connection', () => [...pseudo(), ['proxy-connection', 'keep-alive']]],
  ['R-37: Upgrade', () => [...pseudo(), ['upgrade', 'h2c']]],
  ['a TE that is more than trailers', () => [...pseudo(), ['te', 'gzip, trailers']]],
  ['two lengths', () => [...pseudo({ ':method': 'POST' }), ['content-length', '4'], ['content-length', '5']], 'body'],
  ['a length that is a list', () => [...pseudo({ ':method': 'POST' }), ['content-length', '4, 4']], 'body'],
  ['a length with a sign', () => [...pseudo({ ':method': 'POST' }), ['content-length', '+4']], 'body'],
  ['a length that is too short', () => [...pseudo({ ':method': 'POST' }), ['content-length', '1']], 'body'],
  ['a length that is too long', () => [...pseudo({ ':method': 'POST' }), ['content-length', '9']], 'body'],
  ['a length without a body', () => [...pseudo({ ':method': 'POST' }), ['content-length', '9']]],
  ['a length under another spelling', () => [...pseudo({ ':method': 'POST' }), ['content_length', '9']], 'body'],
  [
    'an encoding under another spelling',
    () => [...pseudo({ ':method': 'POST' }), ['transfer_encoding', 'chunked']],
    'body',
  ],
  ['a name in upper case', () => [...pseudo(), ['X-A', 'd']]],
  ['a line break in the path', () => pseudo({ ':path': '/ HTTP/1.1\r\nHost: evil.example\r\n\r\n' })],
  ['a space in the path', () => pseudo({ ':path': '/a b' })],
  ['an empty path', () => pseudo({ ':path': '' })],
  ['a path without its slash', () => pseudo({ ':path': 'evil.example' })],
  ['a target in absolute-form', () => pseudo({ ':path': 'https://evil.example/' })],
  ['an asterisk for a GET', () => pseudo({ ':path': '*' })],
  ['a method that is none', () => pseudo({ ':method': 'GET / HTTP/1.1\r\nX: ' })],
  ['another scheme', () => pseudo({ ':scheme': 'http' })],
  ['a scheme that is none', () => pseudo({ ':scheme': 'https://evil.example' })],
  ['a second path', () => [...pseudo(), [':path', '/admin']]],
  ['a second method', () => [...pseudo(), [':method', 'POST']]],
  ['a second authority', () => [...pseudo(), [':authority', 'evil.example']]],
  ['a pseudo-field of responses', () => [...pseudo(), [':status', '200']]],
  ['a pseudo-field that nobody knows', () => [...pseudo(), [':user', 'a']]],
  ['a pseudo-field behind the fields', () => [['x-a', 'b'], ...pseudo()]],
  ['a missing method', () => pseudo().slice(1)],
  ['a missing scheme', () => pseudo().filter(([name]) => name !== ':scheme')],
  ['a missing path', () => pseudo().slice(0, 3)],
  ['an expectation that nobody knows', () => [...pseudo({ ':method': 'POST' }), ['expect', '200-ok']], 'body'],
  ['an extended CONNECT', () => [...pseudo({ ':method': 'CONNECT' }), [':protocol', 'websocket']]],
  ['too many fields', () => [...pseudo(), ...Array.from({ length: 201 }, (): [string, string] => ['x-a', ''])]],
]

for (const [what, fields, body] of malformed) {
  test(`${what} over HTTP/2 is refused, and nothing goes out`, async () => {
    const before = [scene.origin.streams.length, scene.origin.sessions.length]
    const sent = [...fields(), ...bearer()]
    const { frames, reset } =
      body === undefined
        ? await exchange(head(sent))
        : await exchange(head(sent, flag.endHeaders), frame(frameType.data, flag.endStream, 1, Buffer.from(body)))
    const answer = frames.find(({ type }) => type === frameType.data)?.payload.toString() ?? ''
    assert.ok(/request_malformed/.test(answer) || reset !== undefined, answer)
    // What is no request to Node's own reader is broken off by it, without a word to anybody else.
    if (answer !== '') await recordedAs(/^(?:request_malformed|method_refused)$/)
    assert.deepEqual([scene.origin.streams.length, scene.origin.sessions.length], before)
  })
}

/** What nghttp2 leaves out of a head, wherever it stands. */
const unreadable: readonly [what: string, fields: () => Fields][] = [
  ['a line break in a value', () => [...pseudo(), ['x-a', 'b\r\nx-c: d']]],
  ['a line feed in a value', () => [...pseudo(), ['x-a', 'b\nx-c: d']]],
  ['NUL in a value', () => [...pseudo(), ['x-a', 'b\0c']]],
  ['a space around a value', () => [...pseudo(), ['x-a', ' b']]],
  ['a line break in a name', () => [...pseudo(), ['x-a: b\r\nx-c', 'd']]],
  ['a colon in a name', () => [...pseudo(), ['x-a:', 'd']]],
  ['an empty name', () => [...pseudo(), ['', 'd']]],
]

for (const [what, fields] of unreadable) {
  test(`${what} over HTTP/2 does not arrive, and makes no other field`, async () => {
    const before = scene.origin.streams.length
    await exchange(head([...fields(), ...bearer()]))
    for (const { raw } of scene.origin.streams.slice(before)) {
      assert.equal(
        raw.some((text) => /x-a|x-c/.test(text)),
        false,
      )
    }
    await recorded()
  })
}

test('a client that goes on sending what is no request is cut off, and recorded', async () => {
  await scene.records()
  const wrong = Array.from({ length: 20 }, (_, index) =>
    frame(
      frameType.headers,
      flag.endHeaders | flag.endStream,
      index * 2 + 1,
      block([...pseudo(), ['connection', 'close']]),
    ),
  )
  const socket = await connectSecurely(scene.inside, grpc)
  socket.on('error', () => {}).resume()
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...wrong]))
  await once(socket, 'close')
  assert.equal((await recorded()).code, 'request_malformed')
})

test('R-02: CONNECT is refused on its stream alone', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const stream = connection.session.request({ ':method': 'CONNECT', ':authority': 'evil.example:443' })
  stream.on('error', () => {})
  const [headers] = await once(stream, 'response')
  assert.equal(headers[':status'], 405)
  stream.close()
  assert.equal((await recorded()).code, 'method_refused')
  assert.equal((await connection.send(scene.bearer)).status, 200)
  await scene.records()
})

for (const [what, bytes] of [
  ['prior knowledge', preface],
  [
    'an upgrade',
    Buffer.from(
      `GET / HTTP/1.1\r\nHost: ${api}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    ),
  ],
] as const) {
  test(`AC-13.3 R-37: h2c by ${what} does not leave the way that is looked at`, async () => {
    const before = scene.single.requests.length
    const socket = await connectSecurely(scene.inside, api, ['http/1.1'])
    socket.end(bytes)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
    await once(socket, 'close')
    assert.doesNotMatch(Buffer.concat(chunks).toString('latin1'), /101 Switching/)
    for (const { rawHeaders } of scene.single.requests.slice(before)) {
      assert.equal(
        rawHeaders.some((text) => /upgrade|http2-settings/i.test(text)),
        false,
      )
    }
    await recorded()
  })
}

test('AC-13.3: what is no HTTP/2 on a connection that agreed to it is refused and recorded', async () => {
  const socket = await connectSecurely(scene.inside, grpc)
  socket.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: grpc.service.test\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  assert.equal((await recorded()).code, 'request_malformed')
})

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM } = constants

test('R-43: a flood of requests that are broken off at once ends the connection, and is recorded', async () => {
  const frames: Buffer[] = []
  for (let stream = 1; stream < 801; stream += 2) {
    frames.push(frame(frameType.headers, flag.endHeaders | flag.endStream, stream, block([...pseudo(), ...bearer()])))
    frames.push(frame(frameType.reset, 0, stream, code(NGHTTP2_CANCEL)))
  }
  const socket = await connectSecurely(scene.inside, grpc)
  const received: Frame[] = []
  readFrames(socket, (each) => received.push(each))
  socket.on('error', () => {}).write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...frames]))
  await once(socket, 'close')
  const goaway = received.find(({ type }) => type === frameType.goaway)
  // What is still on its way to the broker may take the reason back.
  if (goaway !== undefined) assert.equal(goaway.payload.readUInt32BE(4), NGHTTP2_ENHANCE_YOUR_CALM)
  const records = await poll(async () => {
    const some = await scene.records()
    return some.some(({ code: why }) => why === 'rate_limited') ? some : undefined
  })
  assert.match(String(records.find(({ code: why }) => why === 'rate_limited')?.note), /resets/)
})

/** Frames that cost their sender little: 4,000 of each. */
const floods: readonly [what: string, frames: (index: number) => Buffer, start?: () => Buffer][] = [
  ['pings', () => frame(frameType.ping, 0, 0, Buffer.alloc(8))],
  ['settings', () => frame(frameType.settings, 0, 0)],
  [
    'empty parts of a body',
    () => frame(frameType.data, 0, 1),
    () => head([...pseudo({ ':method': 'POST' }), ...bearer()], flag.endHeaders),
  ],
  [
    'continued heads',
    () => frame(frameType.continuation, 0, 1, Buffer.alloc(0)),
    () => frame(frameType.headers, 0, 1, block(pseudo())),
  ],
  [
    'windows that do not grow',
    (index) => frame(frameType.windowUpdate, 0, index * 2 + 1, code(0)),
    () => head([...pseudo({ ':method': 'POST' }), ...bearer()], flag.endHeaders),
  ],
]

for (const [what, each, start = () => Buffer.alloc(0)] of floods) {
  test(`R-43: a flood of ${what} ends the connection, and is recorded`, async () => {
    await scene.records()
    const { isBroken } = await exchange(start(), ...Array.from({ length: 4_000 }, (_, index) => each(index)))
    assert.ok(isBroken)
    const records = await poll(async () => {
      const some = await scene.records()
      return some.some(({ code: why }) => /rate_limited|request_malformed/.test(String(why))) ? some : undefined
    })
    assert.ok(records.length > 0)
  })
}

test('R-43, R-82: a head that says much in few bytes is refused before it is unfolded', async () => {
  await scene.records()
  const named = Buffer.concat([
    Buffer.from([0x40, 1]),
    Buffer.from('a'),
    Buffer.from([127, 0x81, 0x1f]),
    Buffer.alloc(4_096, 'b'),
  ])
  const bomb = Buffer.concat([block(pseudo()), named.subarray(0), Buffer.alloc(12_000, 0xbe)])
  const before = scene.origin.streams.length
  const { reset, frames } = await exchange(frame(frameType.headers, flag.endHeaders | flag.endStream, 1, bomb))
  const isAnswered = frames.some(({ type }) => type === frameType.headers)
  assert.ok(reset !== undefined || isAnswered)
  assert.equal(scene.origin.streams.length, before)
})
