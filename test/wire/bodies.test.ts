import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openHttp2, receiveStream } from './http2-client.ts'
import { grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'
import { api, headOf, openRawScene, type PlaneName, planes, type RawScene, readAll } from './own-plane-scene.ts'
import type { RawRequest } from './raw-origin.ts'

const mebibyte = 1024 * 1024
/** Bodies up to this many bytes are held until the verdict. */
const held = 256 * 1024
const sizes = [0, mebibyte - 1, mebibyte, mebibyte + 1] as const
const scenes = new Map<PlaneName, RawScene>()
let streams: Http2Scene

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
  streams = await openHttp2Scene()
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
  await streams[Symbol.asyncDispose]()
})

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A body with its framing, and the fields that say it. */
function framed(body: string, framing: 'length' | 'chunks'): readonly [fields: readonly string[], text: string] {
  if (framing === 'length') return [[`Content-Length: ${body.length}`], body]
  const chunks = body.match(/[\s\S]{1,70000}/g) ?? []
  const text = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return [['Transfer-Encoding: chunked'], `${text}0\r\n\r\n`]
}

/** Data of a body as the service got it. */
function dataOf({ fields }: RawRequest, body: string): string {
  if (!fields.some((line) => /^transfer-encoding:/i.test(line))) return body
  let [data, at] = ['', 0]
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, end), 16)
    if (!(size > 0)) return data
    data += body.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

const withoutFraming = (fields: readonly string[]): readonly string[] =>
  fields.filter((line) => !/^(?:content-length|transfer-encoding|connection):/i.test(line))

for (const plane of planes) {
  for (const framing of ['length', 'chunks'] as const) {
    test(`AC-7.5, ${plane} plane: what is attached is the same for a body of any size, its size said by ${framing}`, async () => {
      const { inside, origin, values } = scenes.get(plane)!
      const heads: (readonly string[])[] = []
      for (const size of sizes) {
        const body = 'b'.repeat(size)
        const arrived = Promise.withResolvers<readonly [RawRequest, string]>()
        origin.answer = async (request) => {
          const got = await request.body()
          arrived.resolve([request, dataOf(request, got)])
          request.socket.write(ok)
        }
        const [fields, text] = framed(body, framing)
        const socket = await inside.connectTls(api)
        socket.write(`${headOf(inside, 'POST /same HTTP/1.1', [...fields, 'Connection: close'])}\r\n${text}`)
        assert.match(await readAll(socket), /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/)
        const [request, data] = await arrived.promise
        assert.ok(data === body, `${size} bytes`)
        heads.push([request.line, ...withoutFraming(request.fields)])
      }
      assert.ok(heads[0]?.includes(`Authorization: Bearer ${values.one}`))
      for (const head of heads) assert.deepEqual(head, heads[0])
    })

    test(`R-27, ${plane} plane: a placeholder at, across and behind the end of what is held is found, size said by ${framing}`, async () => {
      const { inside, origin } = scenes.get(plane)!
      const placeholder = inside.placeholder('ONE')
      let arrived = ''
      origin.answer = async ({ socket }) => {
        socket.on('data', (bytes: Buffer) => {
          arrived += bytes.toString('latin1')
        })
        await new Promise((resolve) => socket.once('close', resolve))
      }
      for (const [begins, length] of [
        [held - placeholder.length, held],
        [held - placeholder.length, held + 1],
        [held - placeholder.length + 1, held + 1],
        [held - 1, held + 4_096],
        [held, held + placeholder.length],
        [held + 1, held + 4_096],
        [2 * held - 7, 3 * held],
      ] as const) {
        const before = origin.requests.length
        arrived = ''
        const body = `${'x'.repeat(begins)}${placeholder}`.padEnd(length, 'y')
        const [fields, text] = framed(body, framing)
        const socket = await inside.connectTls(api)
        socket.write(`${headOf(inside, 'POST /held HTTP/1.1', [...fields, 'Connection: close'])}\r\n${text}`)
        const answer = await readAll(socket)
        assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*"placeholder_undeclared_place"/, `at ${begins} of ${length}`)
        assert.ok(!arrived.includes(placeholder), `at ${begins} of ${length}`)
        // What is short enough to be held costs the service nothing.
        if (framing === 'length' && length <= held) assert.equal(origin.requests.length, before)
      }
    })
  }
}

for (const framing of ['length', 'no length'] as const) {
  test(`AC-7.5, HTTP/2: what is attached is the same for a body of any size, with ${framing}`, async () => {
    using connection = await openHttp2(streams.inside, grpc)
    const heads: (readonly string[])[] = []
    for (const size of sizes) {
      const body = Buffer.alloc(size, 'b')
      const arrived = Promise.withResolvers<readonly string[]>()
      let bytes = 0
      streams.origin.answer = ({ stream, raw }) => {
        arrived.resolve(raw)
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        stream.once('end', () => {
          stream.respond({ ':status': 200 })
          stream.end('ok')
        })
      }
      const length = framing === 'length' ? { 'content-length': String(size) } : {}
      const stream = connection.begin({ ':method': 'POST', ':path': '/same', ...streams.bearer, ...length }, false)
      stream.end(body)
      assert.equal((await receiveStream(stream)).text, 'ok')
      assert.equal(bytes, size)
      const raw = await arrived.promise
      const at = raw.indexOf('content-length')
      heads.push(at < 0 ? raw : raw.toSpliced(at, 2))
    }
    assert.ok(heads[0]?.includes(`Bearer ${streams.key}`))
    for (const head of heads) assert.deepEqual(head, heads[0])
  })
}
