import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { Scope } from '@coatcheck/contract'
import { api, headOf, openRawScene, type PlaneName, planes, type RawScene, readAll } from './own-plane-scene.ts'

/** Host whose scope lets everything pass that cannot be searched, and cookies. */
const lenient = 'lenient.service.test'
/** Host whose secret stands in the query. */
const echoing = 'echoing.service.test'

const scenes = new Map<PlaneName, RawScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

function brotliQuickly(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })
}

const codings = [
  ['gzip', gzipSync, gunzipSync],
  ['br', brotliQuickly, brotliDecompressSync],
  ['zstd', zstdCompressSync, zstdDecompressSync],
  ['deflate', deflateSync, inflateSync],
  ['deflate', deflateRawSync, inflateRawSync],
] as const

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
const lastChunk = Buffer.from('0\r\n\r\n')

/** What one request got: head, and body without its chunks. */
interface Got {
  readonly head: string
  readonly body: Buffer
  readonly isWhole: boolean
}

async function ask(scene: RawScene, answer: readonly (string | Buffer)[], request: Partial<Asking> = {}): Promise<Got> {
  const { fields = [], host = api, env = 'ONE', line = 'GET / HTTP/1.1', inside = scene.inside } = request
  scene.origin.answer = async ({ body, socket }) => {
    await body()
    for (const part of answer) {
      socket.write(part)
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (!/length|chunked/i.test(String(answer[0]))) socket.end()
  }
  const socket = await inside.connectTls(host)
  socket.on('error', () => {})
  const head = line.includes('?')
    ? `${line}\r\nHost: ${host}\r\n${fields.map((field) => `${field}\r\n`).join('')}Connection: close\r\n`
    : headOf(inside, line, [...fields, 'Connection: close'], env, host)
  socket.write(`${head}\r\n`)
  return read(Buffer.from(await readAll(socket), 'latin1'))
}

interface Asking {
  readonly fields: readonly string[]
  readonly host: string
  readonly env: string
  readonly line: string
  readonly inside: RawScene['inside']
}

function read(bytes: Buffer): Got {
  const end = bytes.indexOf('\r\n\r\n') + 4
  const head = bytes.toString('latin1', 0, end)
  let rest = bytes.subarray(end)
  if (!/transfer-encoding: chunked/i.test(head)) {
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? rest.length)
    return { head, body: rest, isWhole: rest.length === length }
  }
  const parts: Buffer[] = []
  for (;;) {
    const lineEnd = rest.indexOf('\r\n')
    const length = lineEnd < 0 ? Number.NaN : Number.parseInt(rest.toString('latin1', 0, lineEnd), 16)
    if (Number.isNaN(length)) return { head, body: Buffer.concat(parts), isWhole: false }
    if (length === 0)
      return { head: head + rest.toString('latin1', lineEnd + 2), body: Buffer.concat(parts), isWhole: true }
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + length))
    rest = rest.subarray(lineEnd + 4 + length)
  }
}

const sized = (body: Buffer, ...fields: string[]): (string | Buffer)[] => [
  `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n`,
  body,
]
const inChunks = (bodies: readonly Buffer[], ...fields: string[]): (string | Buffer)[] => [
  `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}Transfer-Encoding: chunked\r\n\r\n`,
  ...bodies.map(chunk),
  lastChunk,
]

async function lastOf({ world }: RawScene, kind: string) {
  return (await world.events()).filter(({ event }) => event.kind === kind).at(-1)?.event
}

for (const plane of planes) {
  const named = (line: string): string => `${line}, ${plane} plane`
  const start = () => {
    const scene = scenes.get(plane)!
    const { one: key } = scene.values
    return { scene, key, standIn: scene.inside.placeholder('ONE') }
  }

  test(named('AC-10.1, R-75: status text, fields, body and trailers have the placeholder again'), async () => {
    const { scene, key, standIn } = start()
    const basic = (text: string): string => Buffer.from(`user:${text}`).toString('base64')
    const { head, body, isWhole } = await ask(scene, [
      `HTTP/1.1 200 Hello ${key}\r\nLocation: /next?key=${key}\r\nX-Basic: Basic ${basic(key)}\r\n`,
      `X-Hex: ${Buffer.from(key).toString('hex')}\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n`,
      ...[...Buffer.from(`{"echo": "${key}"}`)].map((byte) => chunk(Buffer.from([byte]))),
      `0\r\nX-End: ${key}\r\n\r\n`,
    ])
    assert.ok(isWhole)
    assert.match(head, new RegExp(`^HTTP/1.1 200 Hello ${standIn}\r\n`))
    for (const field of [`Location: /next?key=${standIn}`, `X-Basic: Basic ${basic(standIn)}`, `X-End: ${standIn}`]) {
      assert.ok(head.toLowerCase().includes(field.toLowerCase()), field)
    }
    assert.ok(head.includes(Buffer.from(standIn).toString('hex')))
    assert.equal(body.toString(), `{"echo": "${standIn}"}`)
    assert.equal((await lastOf(scene, 'exchange.completed'))?.scrubbed, 6)
    assert.equal((await lastOf(scene, 'alarm.raised'))?.code, 'secret_returned')
  })

  test(named('AC-10.1, R-71: a short body of known length keeps a right length, whatever the status'), async () => {
    const { scene, key, standIn } = start()
    const answer = sized(Buffer.from(`{"token": "${key}"}`), 'Content-MD5: abc', 'ETag: "a"')
    const { head, body, isWhole } = await ask(scene, [String(answer[0]).replace('200 OK', '201 Created'), answer[1]!])
    assert.equal(body.toString(), `{"token": "${standIn}"}`)
    assert.ok(isWhole)
    assert.doesNotMatch(head, /etag|content-md5/i)
  })

  test(named('a short body without a value in it keeps its length, its mark and its digest'), async () => {
    const { scene } = start()
    const { head, body } = await ask(scene, sized(Buffer.from('{"a": 1}'), 'Content-MD5: abc', 'ETag: "a"'))
    assert.equal(body.toString(), '{"a": 1}')
    assert.match(head, /etag: "a"/i)
    assert.match(head, /content-md5: abc/i)
    assert.match(head, /content-length: 8/i)
    assert.equal((await lastOf(scene, 'exchange.completed'))?.scrubbed, undefined)
  })

  test(
    named('AC-10.1: a long body is cleaned as it streams, of text without its length, of others within it'),
    async () => {
      const { scene, key, standIn } = start()
      const long = Buffer.from(`${'some words '.repeat(40_000)}"${key}" and more`)
      const text = await ask(scene, sized(long, 'Content-Type: text/plain', 'ETag: "a"'))
      assert.equal(text.body.toString(), long.toString().replace(key, standIn))
      assert.ok(text.isWhole)
      assert.match(text.head, /etag: W\/"a"/i)
      const other = await ask(scene, sized(long, 'Content-Type: application/octet-stream', 'ETag: "a"'))
      assert.equal(other.body.length, long.length)
      assert.ok(other.body.includes(standIn) && !other.body.includes(key))
      assert.match(other.head, /etag: "a"/i)
    },
  )

  for (const [index, [name, encode, decode]] of codings.entries()) {
    test(named(`AC-10.1: a short body in ${name} (${index}) is cleaned and compressed again`), async () => {
      const { scene, key, standIn } = start()
      const plain = Buffer.from(`{"echo": "${key}", "more": "${'words '.repeat(300)}"}`)
      const bytes = encode(plain)
      const halves = [bytes.subarray(0, 30), bytes.subarray(30)]
      for (const answer of [sized(bytes, `Content-Encoding: ${name}`), inChunks(halves, `Content-Encoding: ${name}`)]) {
        const { body, isWhole } = await ask(scene, answer)
        assert.ok(isWhole)
        assert.equal(decode(body).toString(), plain.toString().replace(key, standIn))
      }
      const clean = encode(Buffer.from('nothing in it'))
      assert.deepEqual((await ask(scene, sized(clean, `Content-Encoding: ${name}`))).body, clean)
    })

    test(named(`AC-10.1: a long body in ${name} (${index}) is broken off before the value is whole`), async () => {
      const { scene, key } = start()
      const filler = Buffer.from(Array.from({ length: 80_000 }, () => Math.random().toString(36)).join(' '))
      const clean = encode(filler)
      const passed = await ask(scene, sized(clean, `Content-Encoding: ${name}`))
      assert.ok(passed.isWhole)
      assert.deepEqual(decode(passed.body), filler)
      const dirty = encode(Buffer.concat([filler, Buffer.from(` "${key}" `), filler]))
      const { body, isWhole } = await ask(scene, sized(dirty, `Content-Encoding: ${name}`))
      assert.equal(isWhole, false)
      assert.ok(body.length < dirty.length)
      const event = await lastOf(scene, 'exchange.completed')
      assert.equal(event?.code, 'secret_returned')
    })
  }

  test(
    named('AC-10.1: a compressed stream of events comes event by event, and ends where a value would come'),
    async () => {
      const { scene, key } = start()
      const gzip = createGzip()
      const parts: Buffer[] = []
      gzip.on('data', (bytes: Buffer) => parts.push(bytes))
      const packed: Buffer[] = []
      for (const event of ['data: one\n\n', 'data: two\n\n', `data: ${key}\n\n`, 'data: four\n\n']) {
        gzip.write(event)
        await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve))
        packed.push(Buffer.concat(parts.splice(0)))
      }
      gzip.destroy()
      const fields = ['Content-Encoding: gzip', 'Content-Type: text/event-stream']
      const { body, isWhole } = await ask(scene, inChunks(packed, ...fields))
      assert.equal(isWhole, false)
      const plain = gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
      assert.equal(plain, 'data: one\n\ndata: two\n\n')
    },
  )

  test(
    named(
      'AC-10.2, AC-10.4, R-72: cookies stay behind; what cannot be searched follows the scope; where the secret stands in the query, it is blocked',
    ),
    async () => {
      const { scene, key } = start()
      const { world, origin } = scene
      const pin = { address: '127.0.0.1', port: origin.port }
      const roots = (await world.client.secrets.get('one')).scopes[0]!.roots!
      const scopes: Scope[] = [
        { to: lenient, inject: { kind: 'bearer' }, cookies: 'pass', uninspected: 'block', pin, roots },
        { to: echoing, inject: { kind: 'query', name: 'key' }, pin, roots },
      ]
      await world.client.secrets.create({ name: 'third', value: `${key}3`, scopes })
      const inside = await world.createSandbox({ secrets: { THIRD: 'third', ONE: 'one' } })
      const strange = sized(Buffer.from('whatever'), 'Content-Encoding: x-strange')
      assert.equal((await ask(scene, strange, { inside })).body.toString(), 'whatever', 'the default for a header')
      const line = `GET /?key=${inside.placeholder('THIRD')} HTTP/1.1`
      const fields = ['Range: bytes=0-10', 'Accept-Encoding: br']
      for (const asked of [
        { line, host: echoing },
        { host: lenient, env: 'THIRD' },
      ]) {
        const { head } = await ask(scene, strange, { ...asked, fields, inside })
        assert.match(head, /^HTTP\/1\.1 502 /)
        assert.equal((await lastOf(scene, 'exchange.completed'))?.code, 'response_uninspected')
        const sent = origin.requests.at(-1)!.fields.filter((field) => /^(?:range|accept-encoding)/i.test(field))
        assert.deepEqual(sent, ['Accept-Encoding: identity'])
      }
      const corrupt = sized(Buffer.from('no gzip'), 'Content-Encoding: gzip')
      assert.match((await ask(scene, corrupt, { line, host: echoing, inside })).head, /^HTTP\/1\.1 502 /)
      assert.equal((await ask(scene, corrupt, { inside })).body.toString(), 'no gzip')
      const cookie = sized(
        Buffer.from('x'),
        'Set-Cookie: a=b',
        'Alt-Svc: h3=":443"',
        'WWW-Authenticate: Basic realm="git"',
      )
      assert.match((await ask(scene, cookie, { host: lenient, env: 'THIRD', inside })).head, /set-cookie: a=b/i)
      const dropped = (await ask(scene, cookie, { inside })).head
      assert.doesNotMatch(dropped, /set-cookie|alt-svc/i, 'AC-10.4, R-72')
      assert.match(dropped, /www-authenticate: basic realm="git"/i)
    },
  )

  test(named('R-73: a response that is too long when it is decompressed is looked into all the same'), async () => {
    const { scene, key } = start()
    const bomb = gzipSync(Buffer.concat([Buffer.alloc(12_000_000, ' '), Buffer.from(key), Buffer.alloc(1_000, ' ')]))
    assert.ok(bomb.length < 65_536)
    const { head } = await ask(scene, sized(bomb, 'Content-Encoding: gzip'))
    assert.match(head, /^HTTP\/1\.1 502 /)
    assert.equal((await lastOf(scene, 'exchange.completed'))?.code, 'secret_returned')
  })
}
