import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Stream, constants } from 'node:http2'
import { after, before, test } from 'node:test'
import { connectSecurely, type Http2Connection, openHttp2 } from './http2-client.ts'
import { block, type Frame, flag, frame, frameType, preface, readFrames } from './http2-frames.ts'
import type { OriginStream } from './http2-origin.ts'
import { grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'
import { poll } from './poll.ts'

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = constants

/** What a client may have under way on one connection, and a sandbox on all of its own. */
const perConnection = 100
const perSandbox = 1_024

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

/** A field that goes into the table of the connection (RFC 7541 §6.2.1); it is named by its index from then on. */
function tabled(name: string, value: string): Buffer {
  const length = value.length - 127
  const size = Buffer.from([127, (length & 127) | 128, length >> 7])
  return Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), size, Buffer.from(value)])
}

const newest = 0x80 | 62

/** What the broker says first on a connection, by the number of the setting (RFC 9113 §6.5.2). */
async function announcedSettings(): Promise<ReadonlyMap<number, number>> {
  const socket = await connectSecurely(scene.inside, grpc)
  const announced = new Promise<Frame>((resolve) => {
    readFrames(socket, (each) => each.type === frameType.settings && (each.flags & flag.ack) === 0 && resolve(each))
  })
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0)]))
  const { payload } = await announced
  socket.destroy()
  const settings = new Map<number, number>()
  for (let at = 0; at < payload.length; at += 6) settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
  return settings
}

test('R-43: the broker announces what it takes, and no larger table than the usual one', async () => {
  const settings = await announcedSettings()
  // Table size, streams at one time, size of a head.
  assert.ok((settings.get(1) ?? 4_096) <= 4_096)
  assert.equal(settings.get(3), perConnection)
  assert.equal(settings.get(6), 64 * 1024)
})

test('a stream gets no wider window than it begins with, so that its client’s socket is not full before', async () => {
  assert.ok(((await announcedSettings()).get(4) ?? 65_535) <= 65_535)
})

const pseudo = block([
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', grpc],
  [':path', '/bomb'],
])

/** What a head is made of that fills the table anew, and names what is in it four thousand times: 15 MB out of 8 KB. */
function bomb(index: number): Buffer {
  const fill = tabled('a', String.fromCharCode(97 + (index % 26)).repeat(3_900))
  return Buffer.concat([pseudo, fill, Buffer.alloc(4_000, newest)])
}

const wholeBomb = (index: number): Buffer =>
  frame(frameType.headers, flag.endHeaders | flag.endStream, 2 * index + 1, bomb(index))

/** The same in several frames (RFC 9113 §6.10). */
function splitBomb(index: number): Buffer {
  const [payload, stream] = [bomb(index), 2 * index + 1]
  return Buffer.concat([
    frame(frameType.headers, flag.endStream, stream, payload.subarray(0, 4_200)),
    frame(frameType.continuation, 0, stream, payload.subarray(4_200, 6_000)),
    frame(frameType.continuation, flag.endHeaders, stream, payload.subarray(6_000)),
  ])
}

/** A connection on which these were sent, with the frames that come back. */
async function openWithBombs(count: number, make: (index: number) => Buffer) {
  scene.origin.answer = ({ stream }) => stream.respond({ ':status': 204 }, { endStream: true })
  const socket = await connectSecurely(scene.inside, grpc)
  const frames: Frame[] = []
  readFrames(
    socket.on('error', () => {}),
    (each) => frames.push(each),
  )
  const closed = once(socket, 'close')
  const bombs = Array.from({ length: count }, (_, index) => make(index))
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...bombs]))
  return { socket, frames, closed }
}

test('R-43: heads that unfold to more than is taken are each refused, and a few do the connection no harm', async () => {
  const before = scene.origin.streams.length
  const bombs = 50
  const { socket, frames } = await openWithBombs(bombs, wholeBomb)
  const refused = (): number => frames.filter(({ type }) => type === frameType.reset).length
  await poll(() => (refused() === bombs ? true : undefined))
  assert.equal(scene.origin.streams.length, before, 'nothing of it goes out')

  const proper = Buffer.concat([pseudo, block([['authorization', scene.bearer.authorization]])])
  socket.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 2 * bombs + 1, proper))
  await poll(() => (frames.some(({ type }) => type === frameType.headers) ? true : undefined))
  assert.equal(scene.origin.streams.length, before + 1)
  socket.destroy()
})

for (const [what, make] of [
  ['whole', wholeBomb],
  ['in several frames', splitBomb],
] as const) {
  test(`R-43, R-82: many heads that unfold to more than is taken, ${what}, end the connection as resets do`, async () => {
    await scene.records()
    const before = scene.origin.streams.length
    const { frames, closed } = await openWithBombs(400, make)
    await closed
    const calm = frames.find(({ type }) => type === frameType.goaway)
    assert.equal(calm?.payload.readUInt32BE(4), NGHTTP2_ENHANCE_YOUR_CALM)
    assert.equal(scene.origin.streams.length, before, 'nothing of it goes out')
    const record = await poll(async () => (await scene.records()).find(({ code }) => code === 'rate_limited'))
    assert.match(record.note ?? '', /too many resets/)
  })
}

/** Streams that the service keeps waiting, in the order of their arrival. */
function keepWaiting(): OriginStream[] {
  const waiting: OriginStream[] = []
  scene.origin.answer = (arrived) => {
    arrived.stream.on('error', () => {})
    waiting.push(arrived)
  }
  return waiting
}

test('R-43: thousands of streams on one connection do not reach the service', async () => {
  const waiting = keepWaiting()
  const socket = await connectSecurely(scene.inside, grpc)
  const frames: Frame[] = []
  readFrames(socket, (each) => frames.push(each))
  const closed = once(
    socket.on('error', () => {}),
    'close',
  )
  const head = block([
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', grpc],
    [':path', '/open'],
    ['authorization', scene.bearer.authorization],
  ])
  const open = Array.from({ length: 4_000 }, (_, index) =>
    frame(frameType.headers, flag.endHeaders | flag.endStream, 2 * index + 1, head),
  )
  socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), ...open]))
  await closed
  assert.ok(waiting.length <= perConnection, `${waiting.length} streams are open`)
  await poll(() => (waiting.every(({ stream }) => stream.destroyed) ? true : undefined))
})

test('R-43, AC-23.2: a sandbox with as many streams as it may have on all its connections takes none from another', async () => {
  const inside = await scene.world.createSandbox({ secrets: { API_KEY: 'api' } })
  const authorization = `Bearer ${inside.placeholder('API_KEY')}`
  const waiting = keepWaiting()
  const connections: Http2Connection[] = []
  const refused: ClientHttp2Stream[] = []
  try {
    for (let count = 0; count < perSandbox + 76; count += 1) {
      if (count % perConnection === 0) connections.push(await openHttp2(inside, grpc))
      const stream = connections.at(-1)!.begin({ ':path': '/held', authorization })
      stream.once('close', () => stream.rstCode === NGHTTP2_REFUSED_STREAM && refused.push(stream))
    }
    await poll(() => (waiting.length === perSandbox && refused.length === 76 ? true : undefined))
    scene.origin.answer = ({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.end('served')
    }
    using neighbour = await openHttp2(scene.inside, grpc)
    assert.equal((await neighbour.send(scene.bearer)).text, 'served')
    for (const { stream } of waiting) stream.respond({ ':status': 204 }, { endStream: true })
    const again = connections[0]!
    await poll(async () => {
      const { text } = await again.send({ authorization }).catch(() => ({ text: '' }))
      return text === 'served' ? true : undefined
    })
  } finally {
    for (const connection of connections) connection[Symbol.dispose]()
    await inside.end()
  }
})
