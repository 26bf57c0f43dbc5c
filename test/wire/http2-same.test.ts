import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { AuditEvent } from '@coatcheck/contract'
import { openHttp2 } from './http2-client.ts'
import { api, type Http2Scene, openHttp2Scene } from './http2-scene.ts'
import { poll } from './poll.ts'
import type { Inside } from './world.ts'

let scene: Http2Scene
let inside: Inside

before(async () => {
  scene = await openHttp2Scene()
})

// One for each test: denials of a sandbox are counted together when there are many of them.
beforeEach(async () => {
  inside = await scene.world.createSandbox({ secrets: { API_KEY: 'api' } })
  await scene.records()
})

afterEach(() => inside.end())

after(() => scene[Symbol.asyncDispose]())

interface Asking {
  readonly method?: string
  readonly target: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
}

/** What one request did at the client, at the service, and in the journal, without what differs each time. */
interface Trace {
  readonly answer: readonly [status: number, code: string | undefined, text: string, type: unknown]
  readonly arrived: readonly (readonly string[])[]
  readonly records: readonly Omit<AuditEvent, 'id' | 'at' | 'latencyMs'>[]
}

async function trace(version: 1 | 2, { method = 'GET', target, headers = [], body }: Asking): Promise<Trace> {
  const before = scene.single.requests.length
  const { status, code, text, type } = await (version === 1 ? sendSingle() : sendStream())
  const rows = await poll(async () => {
    const fresh = await scene.records()
    return fresh.length > 0 ? fresh : undefined
  })
  return {
    answer: [status, code, text.replace(/exc_[0-9a-z]+/, 'exc_…'), type],
    arrived: scene.single.requests
      .slice(before)
      .map(({ rawHeaders, ...request }) => [
        request.method,
        request.target,
        ...rawHeaders.map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part)),
      ]),
    records: rows.map(({ id: _id, at: _at, latencyMs: _latency, ...event }) => event),
  }

  async function sendSingle() {
    const whole = body === undefined ? {} : { body }
    const received = await inside.send({ host: api, method, target, headers, ...whole })
    return { ...received, type: received.headers['content-type'] }
  }

  async function sendStream() {
    using connection = await openHttp2(inside, api)
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const fields = { ':method': method, ':path': target, ...Object.fromEntries(headers), ...length }
    const received = await connection.send(fields, body)
    return { ...received, type: received.headers['content-type'] }
  }
}

const bearer = () => ['authorization', `Bearer ${inside.placeholder('API_KEY')}`] as const

const requests: readonly [what: string, status: number, code: string | undefined, ask: () => Asking][] = [
  ['a request', 200, undefined, () => ({ target: '/json', headers: [bearer()] })],
  ['a query', 200, undefined, () => ({ target: '/json?a=%7e1&b=x%2Fy', headers: [['accept', '*/*'], bearer()] })],
  ['an answer without a body', 204, undefined, () => ({ target: '/status/204', headers: [bearer()] })],
  ['a redirect', 302, undefined, () => ({ target: '/redirect?to=https://elsewhere.test/', headers: [bearer()] })],
  [
    'a body',
    200,
    undefined,
    () => ({ method: 'POST', target: '/upload', headers: [bearer()], body: 'x'.repeat(99_999) }),
  ],
  ['an empty body', 200, undefined, () => ({ method: 'POST', target: '/upload', headers: [bearer()], body: '' })],
  [
    'SEC-11: a foreign credential',
    403,
    'foreign_credential',
    () => ({ target: '/json', headers: [bearer(), ['x-api-key', 'somebody-elses-key']] }),
  ],
  [
    'R-60: a placeholder in another place',
    403,
    'placeholder_undeclared_place',
    () => ({ target: '/json', headers: [bearer(), ['x-note', inside.placeholder('API_KEY')]] }),
  ],
  [
    'a placeholder in the body',
    403,
    'placeholder_undeclared_place',
    () => ({ method: 'POST', target: '/upload', headers: [bearer()], body: inside.placeholder('API_KEY') }),
  ],
  [
    'another sandbox’s placeholder',
    403,
    'placeholder_foreign',
    () => ({ target: '/json', headers: [['authorization', scene.bearer.authorization]] }),
  ],
  ['a path with two readings', 400, 'path_ambiguous', () => ({ target: '/v1/../json', headers: [bearer()] })],
  [
    'an encoded path with two readings',
    400,
    'path_ambiguous',
    () => ({ target: '/v1/%2e%2e%2fjson', headers: [bearer()] }),
  ],
  ['a reflecting method', 405, 'method_refused', () => ({ method: 'TRACE', target: '/json', headers: [bearer()] })],
]

for (const [what, status, code, ask] of requests) {
  test(`AC-2.3: ${what} has the same verdict, bytes and record over HTTP/1.1 and over HTTP/2`, async () => {
    const expected = await trace(1, ask())
    assert.deepEqual(expected.answer.slice(0, 2), [status, code])
    assert.deepEqual(await trace(2, ask()), expected)
  })
}
