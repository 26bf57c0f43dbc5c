import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, METHODS, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { damaged, requestTexts } from './message-arbitraries.suite.ts'
import type { ParsedRequest } from './parse-request-head.ts'
import { readRequests, type WholeMessage } from './read-messages.suite.ts'
import { recordedRequests } from './recorded-heads.suite.ts'

/** What both readers say about one request. */
interface Reading {
  readonly method: string | undefined
  readonly target: string | undefined
  readonly version: string
  readonly fields: readonly string[]
  /** Undefined until it has ended. */
  body: string | undefined
}

interface Answer {
  readonly readings: Reading[]
  /** Whether the connection outlives each request. */
  readonly persistent: boolean[]
}

/** What Node's server, whose parser is llhttp, heard from each port. */
const heard = new Map<number, Answer>()
let server: Server

before(async () => {
  server = createServer({ insecureHTTPParser: false, requireHostHeader: false, maxHeaderSize: 128 * 1024 })
  server.maxHeadersCount = 0
  server.on('request', (request, response) => {
    const reading = record(request, response.shouldKeepAlive)
    let body = ''
    request.setEncoding('latin1').on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      reading.body = body
      response.end()
    })
  })
  server.on('connect', (request, socket) => {
    // A tunnel lasts as long as it likes.
    record(request, true).body = ''
    socket.destroy()
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('connection', (socket) => {
    heard.set(socket.remotePort ?? 0, { readings: [], persistent: [] })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

after(() => {
  server.closeAllConnections()
  server.close()
})

function record(request: IncomingMessage, persistent: boolean): Reading {
  const { method, url, httpVersion, rawHeaders } = request
  const reading = { method, target: url, version: httpVersion, fields: rawHeaders, body: undefined }
  const answer = heard.get(request.socket.remotePort ?? 0)
  answer?.readings.push(reading)
  answer?.persistent.push(persistent)
  return reading
}

function ownReading({ head, body }: WholeMessage<ParsedRequest>): Reading {
  const { method, target, minor, fields } = head
  return { method, target, version: `1.${minor}`, fields: fields.flatMap(({ name, value }) => [name, value]), body }
}

/** What Node's server makes of these bytes. */
async function ask(bytes: Buffer): Promise<Answer> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  const port = socket.localPort ?? 0
  const over = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
  socket.resume().end(bytes)
  await over
  const answer = heard.get(port) ?? { readings: [], persistent: [] }
  heard.delete(port)
  return answer
}

/** Whatever we accept, llhttp accepts, and reads the same in it. Returns how many requests that was. */
async function agree(text: string): Promise<number> {
  const bytes = Buffer.from(text, 'latin1')
  const { messages } = readRequests(bytes)
  const strange = messages.findIndex(({ head }) => !METHODS.includes(head.method))
  // llhttp knows a list of methods; behind one that is not on it, it reads nothing.
  const known = strange < 0 ? messages : messages.slice(0, strange)
  if (known.length === 0) return 0
  const { readings, persistent } = await ask(bytes)
  assert.deepEqual(readings.slice(0, known.length), known.map(ownReading), JSON.stringify(text))
  known.forEach(({ head }, index) => {
    if (head.persistent && persistent[index] !== undefined) assert.ok(persistent[index], JSON.stringify(text))
  })
  return known.length
}

async function property(texts: fc.Arbitrary<string>, numRuns: number): Promise<number> {
  let accepted = 0
  // Sixteen connections at a time.
  const batches = fc.array(texts, { minLength: 16, maxLength: 16 })
  await fc.assert(
    fc.asyncProperty(batches, async (batch) => {
      for (const count of await Promise.all(batch.map(agree))) accepted += count
    }),
    { numRuns, endOnFailure: true },
  )
  return accepted
}

test('R-35: requests that are accepted are read alike by llhttp', async () => {
  assert.ok((await property(requestTexts, 60)) > 500)
})

test('R-35: damaged requests that are accepted all the same are read alike by llhttp', async () => {
  assert.ok((await property(damaged(requestTexts), 200)) > 200)
})

test('R-36: pipelined requests end where llhttp ends them', async () => {
  const pipelines = fc.array(requestTexts, { minLength: 2, maxLength: 6 }).map((texts) => texts.join(''))
  assert.ok((await property(pipelines, 25)) > 300)
  assert.ok((await property(damaged(pipelines), 50)) > 300)
})

for (const [client, text] of Object.entries(recordedRequests)) {
  test(`the head that ${client} sends is accepted, and read as llhttp does`, async () => {
    assert.equal(await agree(text), 1)
  })
}
