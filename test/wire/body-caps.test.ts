import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import {
  api,
  headOf,
  openRawScene,
  type PlaneName,
  planes,
  type RawScene,
  readAll,
  readUntil,
  sayConnection,
} from './own-plane-scene.ts'
import { poll } from './poll.ts'
import type { RawAnswer, RawRequest } from './raw-origin.ts'

/** The cap of both directions. */
const cap = 1_000
const full = 'x'.repeat(cap)

const scenes = new Map<PlaneName, RawScene>()

before(async () => {
  const settings = { maxRequestBytes: cap, maxResponseBytes: cap }
  for (const plane of planes) scenes.set(plane, await openRawScene(plane, sayConnection, settings))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const lastChunk = '0\r\n\r\n'
const chunkedAnswer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const tooLong = /^HTTP\/1\.1 413 [\s\S]*\r\nconnection: close\r\n[\s\S]*"request_body_too_large"/i
const tooLongAnswer = /^HTTP\/1\.1 502 (?![\s\S]*X-Service)[\s\S]*\r\nProxy-Status: [\s\S]*"response_body_too_large"/i

/** An exchange whose bodies are as long as its heads say. */
interface Row {
  readonly name: string
  readonly line?: string
  readonly fields?: readonly string[]
  readonly body?: string
  readonly answer?: string
  readonly gets: RegExp
  readonly code?: 'request_body_too_large' | 'response_body_too_large'
  /** The service hears nothing of it. */
  readonly isUndialled?: true
}

const post = 'POST / HTTP/1.1'
const chunked = 'Transfer-Encoding: chunked'

const rows: readonly Row[] = [
  {
    name: 'a request as long as the cap passes',
    line: post,
    fields: [`Content-Length: ${cap}`],
    body: full,
    gets: /ok$/,
  },
  {
    name: 'chunks as long as the cap pass',
    line: post,
    fields: [chunked],
    body: `${chunk(full.slice(1))}${chunk('x')}${lastChunk}`,
    gets: /ok$/,
  },
  {
    name: 'a request that says that it is longer is refused before anything is dialled',
    line: post,
    fields: [`Content-Length: ${cap + 1}`],
    body: `${full}x`,
    gets: tooLong,
    code: 'request_body_too_large',
    isUndialled: true,
  },
  {
    name: 'a client that asks before it sends a longer body is not told to go on',
    line: post,
    fields: [`Content-Length: ${cap + 1}`, 'Expect: 100-continue'],
    gets: tooLong,
    code: 'request_body_too_large',
    isUndialled: true,
  },
  {
    name: 'chunks that come to more are refused while nothing was answered',
    line: post,
    fields: [chunked],
    body: `${chunk(full)}${chunk('x')}${lastChunk}`,
    gets: tooLong,
    code: 'request_body_too_large',
  },
  {
    name: 'a response as long as the cap passes',
    answer: `HTTP/1.1 200 OK\r\nContent-Length: ${cap}\r\n\r\n${full}`,
    gets: /\r\n\r\nx{1000}$/,
  },
  {
    name: 'a chunked response as long as the cap passes',
    answer: `${chunkedAnswer}${chunk(full.slice(1))}${chunk('x')}${lastChunk}`,
    gets: /0\r\n\r\n$/,
  },
  {
    name: 'a response that says that it is longer is answered for, and nothing of it is passed on',
    answer: `HTTP/1.1 200 OK\r\nX-Service: 1\r\nContent-Length: ${cap + 1}\r\n\r\n${full}x`,
    gets: tooLongAnswer,
    code: 'response_body_too_large',
  },
  {
    name: 'HEAD may say what length it likes',
    line: 'HEAD / HTTP/1.1',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n',
    gets: /^HTTP\/1\.1 200 OK\r\nContent-Length: 5000\r\n/,
  },
  {
    name: 'so may 304',
    answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n',
    gets: /^HTTP\/1\.1 304 Not Modified\r\nContent-Length: 5000\r\n/,
  },
]

/** Sends a head and what is behind it; closes behind the answer. */
async function begin(scene: RawScene, { line = 'GET / HTTP/1.1', fields = [], body = '' }: Partial<Row>) {
  const socket = await scene.inside.connectTls(api)
  socket.on('error', () => {})
  socket.write(`${headOf(scene.inside, line, [...fields, 'Connection: close'])}\r\n${body}`)
  return socket
}

async function lastRecord({ world }: RawScene) {
  const rows = (await world.events()).filter(({ event, decision }) => event.host !== undefined && decision !== 'open')
  return rows.at(-1)?.event
}

for (const plane of planes) {
  for (const row of rows) {
    test(`AC-7.3, ${plane} plane: ${row.name}`, async () => {
      const scene = scenes.get(plane)!
      const before = scene.origin.requests.length
      scene.origin.answer = async (request) => {
        await request.body()
        request.socket.write(row.answer ?? ok)
      }
      const socket = await begin(scene, row)
      assert.match(await readAll(socket), row.gets)
      assert.equal((await lastRecord(scene))?.code, row.code)
      if (row.isUndialled) assert.equal(scene.origin.requests.length, before)
    })
  }

  test(`AC-7.3, ${plane} plane: nothing beyond the cap is sent, and the service sees the request broken off`, async () => {
    const scene = scenes.get(plane)!
    const { arrived, broken, gets } = listenTo(scene, () => {})
    const first = chunk(full.slice(400))
    const socket = await begin(scene, { line: post, fields: [chunked], body: chunk('-') })
    const { socket: service } = await arrived
    socket.write(first)
    await poll(() => (gets().endsWith(first) ? true : undefined))
    const before = gets()
    socket.write(chunk(full.slice(599)))
    assert.match(await readAll(socket), tooLong)
    await broken
    assert.equal(gets(), before)
    assert.ok(service.destroyed || service.readableEnded)
    assert.equal((await lastRecord(scene))?.code, 'request_body_too_large')
  })

  test(`AC-7.3, ${plane} plane: a request that grows too long behind the beginning of its answer is reset`, async () => {
    const scene = scenes.get(plane)!
    const { arrived, broken } = listenTo(
      scene,
      ({ socket }) => void socket.write(`${chunkedAnswer}${chunk('begun\n')}`),
    )
    const socket = await begin(scene, { line: post, fields: [chunked], body: chunk('x') })
    await arrived
    assert.match(await readUntil(socket, /begun/), /^HTTP\/1\.1 200 OK\r\n/)
    const end = endOf(socket)
    socket.write(chunk(full))
    assert.deepEqual(await end, ['', 'ECONNRESET'])
    await broken
    assert.equal((await lastRecord(scene))?.code, 'request_body_too_large')
  })

  for (const [what, head, frame] of [
    ['in chunks', chunkedAnswer, chunk],
    ['up to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\n', (text: string) => text],
  ] as const) {
    test(`AC-7.3, ${plane} plane: a response ${what} that grows too long is reset, never a short 200`, async () => {
      const scene = scenes.get(plane)!
      const { arrived, broken } = listenTo(scene, ({ socket }) => void socket.write(`${head}${frame('begun\n')}`))
      const socket = await begin(scene, {})
      assert.match(await readUntil(socket, /begun/), /^HTTP\/1\.1 200 OK\r\n/)
      const end = endOf(socket)
      const { socket: service } = await arrived
      service.end(`${frame(full)}${what === 'in chunks' ? lastChunk : ''}`)
      assert.deepEqual(await end, ['', 'ECONNRESET'])
      await broken
      assert.equal((await lastRecord(scene))?.code, 'response_body_too_large')
    })
  }
}

test('AC-7.3: what passes in an opaque tunnel is not counted', async () => {
  const { origin, world } = scenes.get('own')!
  const host = 'tunnel.service.test'
  const network = { allow: [{ to: host, pin: { address: '127.0.0.1', port: origin.port } }] }
  const inside = await world.createSandbox({ network })
  const long = full.repeat(5)
  origin.answer = async (request) => {
    await request.body()
    request.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${long.length}\r\n\r\n${long}`)
  }
  const place = { host: await inside.addressOf(host), port: inside.portOf(443), servername: host }
  const socket = connect({ ...place, rejectUnauthorized: false })
  socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${long.length}\r\n\r\n${long}`)
  assert.match(await readUntil(socket, /x{5000}$/), /^HTTP\/1\.1 200 OK\r\n/)
  socket.destroy()
  await inside.end()
})

/** Has the service answer at once; says what comes behind the head, and when the connection is over. */
function listenTo({ origin }: RawScene, answer: RawAnswer) {
  const arrived = Promise.withResolvers<RawRequest>()
  const broken = Promise.withResolvers<void>()
  let text = ''
  origin.answer = async (request) => {
    const { socket } = request
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
    })
    socket.once('close', () => broken.resolve())
    await answer(request)
    arrived.resolve(request)
    await once(socket, 'close')
  }
  return { arrived: arrived.promise, broken: broken.promise, gets: () => text }
}

/** What still comes, and the error that the connection ends with. */
async function endOf(socket: TLSSocket): Promise<readonly [string, string | undefined]> {
  let code: string | undefined
  socket.once('error', (error: NodeJS.ErrnoException) => {
    code = error.code
  })
  return [await readAll(socket), code]
}
