import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  api,
  headOf,
  openRawScene,
  type PlaneName,
  planes,
  type RawScene,
  readAll,
  readUntil,
} from './own-plane-scene.ts'
import type { RawAnswer, RawRequest } from './raw-origin.ts'

const scenes = new Map<PlaneName, RawScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

/** Data of a chunked body without extensions. */
function dataOf(body: string): string {
  let [data, at] = ['', 0]
  for (;;) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, end), 16)
    if (!(size > 0)) return data
    data += body.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

/** One exchange, byte by byte. */
interface Row {
  readonly name: string
  /** The request behind Host and credential; it closes its connection unless it says otherwise. */
  readonly line?: string
  readonly fields?: readonly string[]
  readonly body?: string
  readonly answer: string | RawAnswer
  /** What the client gets; `^` and `$` are its beginning and end. */
  readonly gets: RegExp
  /** What the service gets. */
  readonly arrives?: (request: RawRequest, body: string) => void
  /** Where the reference does otherwise, and either is right. */
  readonly only?: PlaneName
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const manyFields = Array.from({ length: 197 }, (_, index) => `X-Field-${index}: ${index}`)
const long = 'x'.repeat(60_000)

const rows: readonly Row[] = [
  {
    name: 'HEAD keeps the length and has no body',
    line: 'HEAD / HTTP/1.1',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 4321\r\nETag: "h"\r\n\r\n',
    gets: /^HTTP\/1\.1 200 OK\r\nContent-Length: 4321\r\nETag: "h"\r\n(?:.+\r\n)*\r\n$/,
  },
  {
    name: 'HEAD of a chunked resource ends with its head',
    line: 'HEAD / HTTP/1.1',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    gets: /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\n$/,
  },
  {
    name: '204 has no body and no length',
    answer: 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
    gets: /^HTTP\/1\.1 204 No Content\r\nX-A: 1\r\n(?!Content-Length)(?:.+\r\n)*\r\n$/,
  },
  {
    name: '304 may name a length and has no body',
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 99\r\n\r\n',
    gets: /^HTTP\/1\.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 99\r\n(?:.+\r\n)*\r\n$/,
  },
  {
    name: '103 is passed on, 100 and its fields are not (R-38)',
    answer: `HTTP/1.1 100 Continue\r\nX-Hidden: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}`,
    gets: /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/,
    only: 'own',
  },
  {
    name: 'a client of HTTP/1.0 gets no interim response',
    line: 'GET / HTTP/1.0',
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}`,
    gets: /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/,
  },
  {
    name: 'an upgrade that nobody asked for is no answer (R-38)',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nfree bytes',
    gets: /^HTTP\/1\.1 502 (?![\s\S]*free bytes)[\s\S]*"upstream_malformed"/,
  },
  {
    name: 'a chunked body is framed anew in both directions',
    line: 'POST / HTTP/1.1',
    fields: ['Transfer-Encoding: chunked'],
    body: '1\r\na\r\n0002\r\nbc\r\n0\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n000\r\n\r\n',
    gets: /\r\nTransfer-Encoding: chunked\r\n(?![\s\S]*;x=y)[\s\S]*0\r\n\r\n$/,
    arrives({ fields }, body) {
      assert.ok(fields.includes('Transfer-Encoding: chunked'))
      assert.equal(body.replaceAll(/[0-9]+\r\n|\r\n/g, ''), 'abc')
    },
  },
  {
    name: 'a length stays a length in both directions',
    line: 'POST / HTTP/1.1',
    fields: ['content-length: 5'],
    body: 'hello',
    answer: ok,
    gets: /\r\nContent-Length: 2\r\n[\s\S]*\r\n\r\nok$/,
    arrives({ fields }, body) {
      assert.equal(fields.filter((line) => /^content-length: 5$/i.test(line)).length, 1)
      assert.equal(body, 'hello')
    },
  },
  {
    name: 'trailers of a response come behind its body, without a cookie',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n',
    gets: /1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n$/,
  },
  {
    name: 'trailers of a request stay behind (R-60)',
    line: 'POST / HTTP/1.1',
    fields: ['Transfer-Encoding: chunked'],
    body: '1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n',
    answer: ok,
    gets: /\r\n\r\nok$/,
    arrives(_request, body) {
      assert.equal(body, '1\r\na\r\n0\r\n\r\n')
    },
  },
  {
    name: 'order, letters and repetition of fields survive in both directions',
    fields: ['x-B: 1', 'X-a: 2', 'x-B: 3', 'X-A: ', 'Accept:  two  words '],
    answer: 'HTTP/1.1 200 Fine\r\nx-two: 1\r\nX-One: 2\r\nX-TWO: 3\r\nContent-Length: 2\r\nx-two: 4\r\n\r\nok',
    gets: /^HTTP\/1\.1 200 Fine\r\nx-two: 1\r\nX-One: 2\r\nX-TWO: 3\r\nContent-Length: 2\r\nx-two: 4\r\n/,
    arrives({ fields }) {
      const own = fields.filter((line) => /^(?:x-|accept)/i.test(line)).map((line) => line.trimEnd())
      assert.deepEqual(own, ['x-B: 1', 'X-a: 2', 'x-B: 3', 'X-A:', 'Accept: two  words'])
    },
  },
  {
    name: 'Latin-1 in values and reason survives',
    fields: ['X-Name: caf\xe9'],
    answer: 'HTTP/1.1 200 Tr\xe8s bien\r\nX-Name: \xfcber\r\nContent-Length: 2\r\n\r\nok',
    gets: /^HTTP\/1\.1 200 Tr\xe8s bien\r\nX-Name: \xfcber\r\n/,
    arrives: ({ fields }) => assert.ok(fields.includes('X-Name: caf\xe9')),
    only: 'own',
  },
  {
    name: 'a client of HTTP/1.0 gets a body up to the end of the connection',
    line: 'GET / HTTP/1.0',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    gets: /^HTTP\/1\.1 200 OK\r\n(?![\s\S]*chunked)[\s\S]*\r\n\r\nok$/,
    arrives: ({ line }) => assert.equal(line, 'GET / HTTP/1.1'),
  },
  {
    name: 'a body without a length is whole at the end of the connection',
    answer: ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\n\r\nall of it.\n'),
    gets: /\r\nTransfer-Encoding: chunked\r\n[\s\S]*b\r\nall of it.\n\r\n0\r\n\r\n$/,
  },
  {
    name: 'a service of HTTP/1.0 is understood',
    answer: ({ socket }) => void socket.end('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    gets: /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/,
  },
  {
    name: 'as many fields as are allowed, 200, pass in both directions',
    fields: manyFields,
    answer: `HTTP/1.1 200 OK\r\n${manyFields.join('\r\n')}\r\nContent-Length: 2\r\n\r\nok`,
    gets: /X-Field-0: 0\r\n[\s\S]*X-Field-196: 196\r\n[\s\S]*\r\n\r\nok$/,
    arrives: ({ fields }) => assert.ok(manyFields.every((line) => fields.includes(line))),
  },
  {
    name: 'a head of almost 64 KiB passes in both directions',
    fields: [`X-Long: ${long}`],
    answer: `HTTP/1.1 200 OK\r\nX-Long: ${long}\r\nContent-Length: 2\r\n\r\nok`,
    gets: /X-Long: x{60000}\r\n[\s\S]*\r\n\r\nok$/,
    arrives: ({ fields }) => assert.ok(fields.includes(`X-Long: ${long}`)),
    only: 'own',
  },
  {
    name: 'a head of more than 64 KiB of a service is no answer',
    answer: `HTTP/1.1 200 OK\r\nX-Long: ${long}${long}\r\nContent-Length: 2\r\n\r\nok`,
    gets: /^HTTP\/1\.1 502 [\s\S]*"upstream_malformed"/,
  },
  {
    name: 'a fault in the head of a response is no answer, and nothing of it is passed on (R-38)',
    answer: 'HTTP/1.1 200 OK\r\nX-Leak : 1\r\nContent-Length: 2\r\n\r\nok',
    gets: /^HTTP\/1\.1 502 (?![\s\S]*X-Leak)[\s\S]*"upstream_malformed"/,
  },
  {
    name: 'both ways of framing in a response are no answer',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n',
    gets: /^HTTP\/1\.1 502 [\s\S]*"upstream_malformed"/,
  },
  {
    name: 'a response that breaks off is broken off, without an end that could be taken for whole',
    answer: ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
      setImmediate(() => socket.destroy())
    },
    gets: /^(?![\s\S]*0\r\n\r\n$)/,
  },
  {
    name: 'an answer to every request of a pipeline, in order',
    fields: ['X-First: 1', 'Connection: keep-alive'],
    body: `PIPELINE`,
    answer: async ({ fields, socket }) => {
      const text = fields.includes('X-First: 1') ? 'one' : 'two'
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${text}`)
    },
    gets: /\r\n\r\noneHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\ntwo$/,
  },
]

for (const row of rows) {
  for (const plane of row.only === undefined ? planes : [row.only]) {
    test(`AC-7.1, ${plane} plane: ${row.name}`, async () => {
      const { origin, inside } = scenes.get(plane)!
      const arrived = Promise.withResolvers<readonly [RawRequest, string]>()
      arrived.promise.catch(() => {})
      origin.answer = async (request) => {
        const body = await request.body()
        arrived.resolve([request, body])
        if (typeof row.answer === 'string') request.socket.write(row.answer, 'latin1')
        else await row.answer(request)
      }
      const socket = await inside.connectTls(api)
      socket.on('error', () => {})
      const { fields = [], body = '', line = 'GET / HTTP/1.1' } = row
      const closes = fields.some((field) => field.startsWith('Connection')) ? [] : ['Connection: close']
      const last = `${headOf(inside, line, ['Connection: close'])}\r\n`
      const behind = body === 'PIPELINE' ? last : body
      socket.write(`${headOf(inside, line, [...fields, ...closes])}\r\n${behind}`, 'latin1')
      const text = await readAll(socket)
      assert.match(text, row.gets)
      const [request, got] = await arrived.promise
      row.arrives?.(request, got)
    })
  }
}

for (const plane of planes) {
  test(`AC-7.1, ${plane} plane: HTTP/1.0 with keep-alive keeps the connection, and says so`, async () => {
    const { inside, origin } = scenes.get(plane)!
    origin.answer = ({ socket }) => socket.write(ok)
    const socket = await inside.connectTls(api)
    for (let round = 0; round < 2; round += 1) {
      socket.write(`${headOf(inside, 'GET / HTTP/1.0', ['Connection: keep-alive'])}\r\n`)
      assert.match(await readUntil(socket, /ok$/), /\r\nConnection: keep-alive\r\n/i)
    }
    socket.write(`${headOf(inside, 'GET / HTTP/1.0')}\r\n`)
    assert.match(await readAll(socket), /\r\nConnection: close\r\n[\s\S]*ok$/i)
  })

  test(`${plane} plane: who expects 100 gets it before the body is sent, and once`, async () => {
    const { inside, origin } = scenes.get(plane)!
    let body = ''
    origin.answer = async (request) => {
      body = await request.body()
      assert.ok(!request.fields.some((field) => /^expect/i.test(field)))
      request.socket.write(ok)
    }
    const socket = await inside.connectTls(api)
    const fields = ['Expect: 100-continue', 'Content-Length: 5', 'Connection: close']
    socket.write(`${headOf(inside, 'POST / HTTP/1.1', fields)}\r\n`)
    assert.equal(await readUntil(socket, /\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('hello')
    assert.match(await readAll(socket), /^HTTP\/1\.1 200 [\s\S]*ok$/)
    assert.equal(body, 'hello')
  })

  test(`${plane} plane: who expects 100 and is refused sees the refusal alone, and the connection closes`, async () => {
    const { inside, origin } = scenes.get(plane)!
    const before = origin.requests.length
    const socket = await inside.connectTls(api)
    const copy = `X-Copy: ${inside.placeholder('ONE')}`
    socket.write(`${headOf(inside, 'POST / HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 5', copy])}\r\n`)
    assert.match(await readAll(socket), /^HTTP\/1\.1 403 [\s\S]*\r\nConnection: close\r\n/i)
    assert.equal(origin.requests.length, before)
  })

  test(`${plane} plane: an early answer reaches the client, and the rest of the upload goes nowhere`, async () => {
    const { inside, origin } = scenes.get(plane)!
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno')
    const socket = await inside.connectTls(api)
    socket.write(`${headOf(inside, 'POST / HTTP/1.1', ['Transfer-Encoding: chunked'])}\r\n1\r\na\r\n`)
    assert.match(await readUntil(socket, /no$/), /^HTTP\/1\.1 409 Conflict\r\n/)
    const sent = origin.requests.length
    socket.write('1\r\nb\r\n0\r\n\r\n')
    origin.answer = (request) => request.socket.write(ok)
    socket.write(`${headOf(inside, 'GET / HTTP/1.1', ['Connection: close'])}\r\n`)
    assert.match(await readAll(socket), /^HTTP\/1\.1 200 OK\r\n/)
    assert.equal(origin.requests.length, sent + 1)
  })

  test(`AC-2.3, ${plane} plane: an absolute-form target inside an inspected connection is refused, and so is a Host of somebody else (R-04)`, async () => {
    const { inside, origin } = scenes.get(plane)!
    const before = origin.requests.length
    for (const [line, host, status] of [
      ['GET https://other.test/ HTTP/1.1', api, 400],
      ['GET / HTTP/1.1', 'other.test', 421],
      ['GET / HTTP/1.1', `${api}:444`, 421],
      ['GET * HTTP/1.1', api, 400],
    ] as const) {
      const head = headOf(inside, line, ['Connection: close'], 'ONE', host)
      assert.match(await inside.sendBytes(api, `${head}\r\n`), new RegExp(`^HTTP/1\\.1 ${status} `))
    }
    assert.equal(origin.requests.length, before)
  })
}

test('own plane: a request that is cut anywhere arrives whole, and its answer does', async () => {
  const { inside, origin } = scenes.get('own')!
  let body = ''
  origin.answer = async (request) => {
    body = await request.body()
    request.socket.write(ok)
  }
  const head = `${headOf(inside, 'POST /cut HTTP/1.1', ['Transfer-Encoding: chunked'])}\r\n`
  const whole = `${head}3\r\nabc\r\n0\r\n\r\n`
  const socket = await inside.connectTls(api)
  socket.setNoDelay(true)
  for (let cut = 1; cut < whole.length; cut += 1) {
    socket.write(whole.slice(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    socket.write(whole.slice(cut))
    assert.match(await readUntil(socket, /ok$/), /^HTTP\/1\.1 200 OK\r\n/)
    assert.equal(dataOf(body), 'abc')
  }
  socket.destroy()
})

test('own plane: an answer that is cut anywhere arrives whole', async () => {
  const { inside, origin } = scenes.get('own')!
  const whole = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n'
  const socket = await inside.connectTls(api)
  for (let cut = 1; cut < whole.length; cut += 1) {
    origin.answer = async (request) => {
      request.socket.write(whole.slice(0, cut))
      await new Promise((resolve) => setImmediate(resolve))
      request.socket.write(whole.slice(cut))
    }
    socket.write(`${headOf(inside, 'GET / HTTP/1.1')}\r\n`)
    const text = await readUntil(socket, /X-Sum: 1\r\n\r\n$/)
    assert.equal(dataOf(text.slice(text.indexOf('\r\n\r\n') + 4)), 'abcd')
  }
  socket.destroy()
})
