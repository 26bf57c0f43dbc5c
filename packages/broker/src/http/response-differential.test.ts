import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { damaged, responseTexts } from './message-arbitraries.suite.ts'
import { readResponse } from './read-messages.suite.ts'
import { recordedResponses } from './recorded-heads.suite.ts'

/** What both readers say about a response. */
interface Reading {
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly version: string
  readonly fields: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
}

/** Bytes that the next answer consists of, by the path that asks for them. */
const answers = new Map<string, Buffer>()
let server: Server
let asked = 0

before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (head) => {
      const path = head.toString().split(' ')[1] ?? ''
      socket.end(answers.get(path) ?? '')
      answers.delete(path)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

after(() => server.close())

/** What Node's client, whose parser is llhttp, makes of these bytes; undefined if it refuses them. */
function ask(bytes: Buffer, method: string): Promise<Reading | undefined> {
  const path = `/${asked++}`
  answers.set(path, bytes)
  const { port } = server.address() as AddressInfo
  const options = { port, host: '127.0.0.1', method, path, agent: false, insecureHTTPParser: false }
  return new Promise((resolve) => {
    const client = request({ ...options, maxHeaderSize: 128 * 1024 })
    client.maxHeadersCount = 0
    client.on('error', () => resolve(undefined))
    client.on('response', (response) => {
      let body = ''
      response.setEncoding('latin1').on('data', (piece: string) => {
        body += piece
      })
      response.on('error', () => resolve(undefined)).on('end', () => resolve(readingOf(response, body)))
    })
    client.end()
  })
}

function readingOf(response: IncomingMessage, body: string): Reading {
  const { statusCode, statusMessage, httpVersion, rawHeaders, rawTrailers } = response
  const head = { status: statusCode, reason: statusMessage, version: httpVersion, fields: rawHeaders }
  return { ...head, body, trailers: rawTrailers }
}

/** Whatever we accept, llhttp accepts, and reads the same in it. Returns whether it was accepted. */
async function agree(text: string, method: string): Promise<boolean> {
  const bytes = Buffer.from(text, 'latin1')
  const [message] = readResponse(bytes, method).messages
  // Node's client does not show what came before the last response, nor hand out the connection unasked.
  if (message === undefined || message.head.status < 200) return false
  const { head, body, trailers } = message
  const own: Reading = {
    status: head.status,
    reason: head.reason,
    version: `1.${head.minor}`,
    fields: head.fields.flatMap(({ name, value }) => [name, value]),
    body,
    trailers: trailers.flatMap(({ name, value }) => [name, value]),
  }
  // What follows is no part of it: a client that has the whole response may see it as a fault of the connection, or not.
  assert.deepEqual(await ask(bytes.subarray(0, message.end), method), own, JSON.stringify([method, text]))
  return true
}

async function property(texts: fc.Arbitrary<string>, numRuns: number): Promise<number> {
  let accepted = 0
  const one = fc.tuple(texts, fc.constantFrom('GET', 'GET', 'POST', 'HEAD'))
  // Sixteen connections at a time.
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 16, maxLength: 16 }), async (batch) => {
      const verdicts = await Promise.all(batch.map(([text, method]) => agree(text, method)))
      accepted += verdicts.filter((verdict) => verdict).length
    }),
    { numRuns, endOnFailure: true },
  )
  return accepted
}

test('R-35: responses that are accepted are read alike by llhttp', async () => {
  assert.ok((await property(responseTexts, 60)) > 500)
})

test('R-35: damaged responses that are accepted all the same are read alike by llhttp', async () => {
  assert.ok((await property(damaged(responseTexts), 150)) > 200)
})

for (const [service, text] of Object.entries(recordedResponses)) {
  test(`the response of ${service} is accepted, and read as llhttp does`, async () => {
    assert.equal(await agree(text, 'GET'), true)
  })
}
