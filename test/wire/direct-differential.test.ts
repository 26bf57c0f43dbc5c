import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { readAll } from './own-plane-scene.ts'
import { type RawOrigin, startRawOrigin } from './raw-origin.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const root = createTlsRoot()
const key = makeCanary('sk-live-').value

let origin: RawOrigin
let world: World
let inside: Inside

before(async () => {
  origin = await startRawOrigin(root, () => {})
  world = await openWorld({ settings: { httpPlane: 'own' } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key, scopes: [scope] })
  inside = await world.createSandbox({ secrets: { KEY: 'api' } })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

/** One exchange; both ways say `Connection: close`, and carry the credential behind `fields`. */
interface Row {
  readonly name: string
  readonly line?: string
  readonly fields?: readonly string[]
  readonly body?: string
  readonly answer: string
  /** How the target arrives, where its canonical form is another one. */
  readonly arrives?: string
  /** Fields that do not pass, in small letters: of the request, and of the response. */
  readonly but?: { readonly request?: readonly string[]; readonly response?: readonly string[] }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const chunked = 'Transfer-Encoding: chunked'

const rows: readonly Row[] = [
  {
    name: 'a path with letters that could be escaped, and escapes that could be letters',
    line: "GET /a%7Eb/~c/(d)/e;f=1,g/%C3%A9/!$&'*+@:-._ HTTP/1.1",
    arrives: "/a~b/~c/(d)/e;f=1,g/%C3%A9/!$&'*+@:-._",
    answer: ok,
  },
  {
    name: 'small and large letters of an escape',
    line: 'GET /%e2%82%ac/%E2%82%AC HTTP/1.1',
    arrives: '/%E2%82%AC/%E2%82%AC',
    answer: ok,
  },
  { name: 'an empty segment at the end', line: 'GET /a/b/ HTTP/1.1', answer: ok },
  {
    name: 'a query with order, repetition, blanks and nothing',
    line: 'GET /q?b=2&a=1&b=&&c&d=%20+%2B=&?e=/f HTTP/1.1',
    answer: ok,
  },
  { name: 'an empty query', line: 'GET /q? HTTP/1.1', answer: ok },
  {
    name: 'a query that holds a URL',
    line: 'GET /q?to=https://x.test/a/../b%2f HTTP/1.1',
    arrives: '/q?to=https://x.test/a/../b%2F',
    answer: ok,
  },
  { name: 'a method that nobody knows', line: 'PURGE /x HTTP/1.1', answer: ok },
  { name: 'small letters in a method', line: 'get /x HTTP/1.1', answer: ok },
  {
    name: 'order, letters and repetition of fields',
    fields: [
      'x-b: 1',
      'X-A: 2',
      'x-B: 3',
      'X-a: 4',
      'ACCEPT: */*',
      'X-Empty:',
      'user-agent: UA/1 (x; y)',
      'X-List: a, b,,c',
    ],
    answer:
      'HTTP/1.1 200 OK\r\nx-two: 1\r\nX-One: 2\r\nX-TWO: 3\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: s\r\nContent-Length: 2\r\nx-two:\r\n\r\nok',
  },
  {
    name: 'a field that is repeated with commas and without',
    fields: ['Accept-Encoding: gzip', 'Accept-Encoding: br;q=0.5, *;q=0'],
    answer: ok,
  },
  {
    name: 'conditions and ranges',
    fields: ['If-None-Match: "a", W/"b"', 'Range: bytes=0-1,5-'],
    answer: 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nETag: W/"b"\r\nContent-Length: 2\r\n\r\nok',
  },
  {
    name: 'a body with a length',
    line: 'POST /b HTTP/1.1',
    fields: ['Content-Type: application/x-Thing; a="b"', 'Content-Length: 5'],
    body: 'h\0\xffo\n',
    answer: ok,
  },
  { name: 'an empty body with a length', line: 'POST /b HTTP/1.1', fields: ['Content-Length: 0'], answer: ok },
  { name: 'a body with DELETE', line: 'DELETE /b HTTP/1.1', fields: ['Content-Length: 2'], body: 'ab', answer: ok },
  {
    name: 'a chunked body in both directions',
    line: 'PUT /b HTTP/1.1',
    fields: [chunked],
    body: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    answer: `HTTP/1.1 201 Created\r\nLocation: /b/1\r\n${chunked}\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`,
  },
  {
    name: 'trailers of a response',
    fields: ['TE: trailers'],
    answer: `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n${chunked}\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nx-b: 2\r\n\r\n`,
    but: { request: ['te'], response: ['trailer'] },
  },
  {
    name: '103 with its fields',
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nlink: </b>\r\n\r\n${ok}`,
  },
  { name: '102, twice', answer: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\nX-Step: 2\r\n\r\n${ok}` },
  ...[301, 302, 303, 307, 308].map(
    (status): Row => ({
      name: `${status}, which nobody follows`,
      line: 'POST /old HTTP/1.1',
      fields: ['Content-Length: 1'],
      body: 'x',
      answer: `HTTP/1.1 ${status} Moved\r\nLocation: https://other.test/new?a=%7e#frag\r\nContent-Length: 3\r\n\r\nsee`,
    }),
  ),
  {
    name: '300 with choices',
    answer: 'HTTP/1.1 300 Multiple Choices\r\nAlternates: {"x" 1}\r\nContent-Length: 2\r\n\r\nab',
  },
  {
    name: '304 with a length',
    fields: ['If-None-Match: "e"'],
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 99\r\n\r\n',
  },
  { name: '204', answer: 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n' },
  {
    name: 'HEAD with a length',
    line: 'HEAD /h HTTP/1.1',
    answer: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4321\r\n\r\n',
  },
  { name: 'HEAD without one', line: 'HEAD /h HTTP/1.1', answer: 'HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n' },
  {
    name: 'HEAD that is moved',
    line: 'HEAD /h HTTP/1.1',
    answer: 'HTTP/1.1 302 Found\r\nLocation: /i\r\nContent-Length: 10\r\n\r\n',
  },
  {
    name: 'an error of the service with its reason',
    answer:
      'HTTP/1.1 429 Slow Down, Please\r\nRetry-After: 5\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}',
  },
  { name: 'a status that nobody knows', answer: 'HTTP/1.1 599 \r\nContent-Length: 2\r\n\r\nok' },
  {
    name: 'a challenge',
    answer:
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="a"\r\nWWW-Authenticate: Basic realm="b", Digest x="y"\r\nContent-Length: 0\r\n\r\n',
  },
  {
    name: 'a body that is compressed',
    answer: 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nVary: *\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00',
  },
  {
    name: 'what is good for one connection alone stays on it',
    fields: ['X-Hop: 1', 'Keep-Alive: timeout=9', 'Proxy-Connection: close'],
    answer: 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok',
    but: { request: ['keep-alive', 'proxy-connection'], response: ['keep-alive'] },
  },
  {
    name: 'a cookie of a service to which a secret went, and another protocol, are not passed on',
    answer: 'HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nAlt-Svc: h3=":443"\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok',
    but: { response: ['set-cookie', 'alt-svc'] },
  },
]

/** A message as it was read, without what both ends say about their connection, and blanks around values. */
interface Message {
  readonly line: string
  readonly fields: readonly string[]
  /** The fields that frame the body; they have no order among the others. */
  readonly framing: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

const isFraming = (line: string): boolean => /^(?:content-length|transfer-encoding):/i.test(line)
const isConnection = (line: string): boolean => /^connection:/i.test(line)

function messageOf(line: string, fields: readonly string[], framed: string, but: readonly string[] = []): Message {
  const passes = (field: string): boolean =>
    !isConnection(field) && !but.includes(field.split(':', 1)[0]!.toLowerCase())
  const [body, trailers] = fields.some((field) => /^transfer-encoding:/i.test(field)) ? unchunked(framed) : [framed, []]
  const kept = fields.filter(passes).map((field) => field.trimEnd())
  const framing = kept.filter(isFraming).map((field) => field.toLowerCase())
  return { line, fields: kept.filter((field) => !isFraming(field)), framing, body, trailers: trailers.filter(passes) }
}

function unchunked(text: string): readonly [data: string, trailers: readonly string[]] {
  let [data, at] = ['', 0]
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, end), 16)
    if (!(size >= 0)) throw new Error('the body has no end')
    if (size === 0)
      return [
        data,
        text
          .slice(end + 2)
          .split('\r\n')
          .filter((line) => line !== ''),
      ]
    data += text.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

/** Interim responses and the final one. */
function responsesOf(text: string, but: readonly string[] = []): readonly Message[] {
  const responses: Message[] = []
  for (let rest = text; ; ) {
    const end = rest.indexOf('\r\n\r\n')
    const [line = '', ...fields] = rest.slice(0, end).split('\r\n')
    rest = rest.slice(end + 4)
    const isFinal = !/^HTTP\/1\.1 1/.test(line)
    responses.push(messageOf(line, fields, isFinal ? rest : '', but))
    if (isFinal) return responses
  }
}

/** What one exchange was at the service and at the client. */
async function exchange(socket: TLSSocket, credential: string, row: Row, but: Row['but'] = {}) {
  const arrived = Promise.withResolvers<Message>()
  origin.answer = async (request) => {
    const body = await request.body()
    arrived.resolve(messageOf(request.line, request.fields, body, but.request))
    request.socket.end(row.answer, 'latin1')
  }
  const { line = 'GET / HTTP/1.1', fields = [], body = '' } = row
  const head = [line, `Host: ${api}`, ...fields, `Authorization: Bearer ${credential}`, 'Connection: close']
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  const text = await readAll(socket)
  return { request: await arrived.promise, responses: responsesOf(text, but.response) }
}

for (const row of rows) {
  test(`AC-7.4: ${row.name}: the same as without a broker`, async () => {
    const straight = connect({ host: '127.0.0.1', port: origin.port, servername: api, ca: root.certificate })
    await once(straight, 'secureConnect')
    const expected = await exchange(straight, key, row, row.but)
    const through = await exchange(await inside.connectTls(api), inside.placeholder('KEY'), row)
    const target = row.arrives ?? expected.request.line.split(' ')[1]!
    const line = expected.request.line.replace(/ .* /, () => ` ${target} `)
    assert.deepEqual(through, { ...expected, request: { ...expected.request, line } })
  })
}
