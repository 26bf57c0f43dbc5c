import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { AuditEvent, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { RecordedRequest, VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { type Asking, type Place, sendBy, type WayIn, waysIn } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const api = 'api.service.test'
const denied = 'denied.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  const hosts = { [api]: [{ scheme: 'bearer', value: key.value }] as const, [denied]: 'public' } as const
  origin = await startOrigin({ root, hosts })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope(api)] })
  await world.client.secrets.create({ name: 'denied', value: makeCanary('sk-live-').value, scopes: [scope(denied)] })
})

// One for each test: denials of a sandbox are counted together when there are many of them.
beforeEach(async () => {
  const inside = await world.createSandbox({
    secrets: { API_KEY: 'api', DENIED_KEY: 'denied' },
    from: ['127.0.0.0/8'],
  })
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [denied] } })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})

afterEach(() => place.inside.end())

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** What one request did at the client, at the service, and in the journal, without what differs each time. */
interface Trace {
  readonly answer: Pick<Received, 'status' | 'text' | 'code'> & { readonly type: string | undefined }
  readonly arrived: readonly Omit<RecordedRequest, 'connection'>[]
  readonly records: readonly Omit<AuditEvent, 'id' | 'at' | 'latencyMs'>[]
}

async function trace(way: WayIn, asking: Asking): Promise<Trace> {
  const known = new Set((await world.events()).map(({ id }) => id))
  const before = origin.requests.length
  const { status, text, code, headers } = await sendBy(way, place, asking)
  const rows = await poll(async () => {
    const fresh = (await world.events()).filter(({ id, decision }) => !known.has(id) && decision !== 'open')
    return fresh.length > 0 ? fresh : undefined
  })
  return {
    answer: { status, code, type: headers['content-type'], text: text.replace(/exc_[0-9a-z]+/, 'exc_…') },
    arrived: origin.requests.slice(before).map(({ connection: _, ...request }) => request),
    records: rows.map(({ event: { id: _id, at: _at, latencyMs: _latency, ...event } }) => event),
  }
}

const bearer = () => ['Authorization', `Bearer ${place.inside.placeholder('API_KEY')}`] as const

const requests: readonly [what: string, status: number, code: string | undefined, ask: () => Partial<Asking>][] = [
  ['a request', 200, undefined, () => ({ target: '/json', headers: [bearer()] })],
  ['a query', 200, undefined, () => ({ target: '/json?a=%7e1&b=x%2Fy', headers: [['Accept', '*/*'], bearer()] })],
  ['an answer without a body', 204, undefined, () => ({ target: '/status/204', headers: [bearer()] })],
  ['a redirect', 302, undefined, () => ({ target: '/redirect?to=https://elsewhere.test/', headers: [bearer()] })],
  [
    'a body',
    200,
    undefined,
    () => ({ method: 'POST', target: '/upload', headers: [bearer(), ['X-Note', 'é']], body: 'x'.repeat(100_000) }),
  ],
  [
    'R-85: a path like one of the broker’s own',
    404,
    undefined,
    () => ({ target: '/proxy/api/json', headers: [bearer()] }),
  ],
  ['R-85: a path like the agent door', 404, undefined, () => ({ target: '/-/self', headers: [bearer()] })],
  ['R-59: a path of the management API', 404, undefined, () => ({ target: '/v1/sandboxes', headers: [bearer()] })],
  [
    'SEC-11: a foreign credential',
    403,
    'foreign_credential',
    () => ({ target: '/json', headers: [bearer(), ['X-Api-Key', 'somebody-elses-key']] }),
  ],
  [
    'R-60: a placeholder in another place',
    403,
    'placeholder_undeclared_place',
    () => ({ target: '/json', headers: [bearer(), ['X-Note', place.inside.placeholder('API_KEY')]] }),
  ],
  [
    'a placeholder in the body',
    403,
    'placeholder_undeclared_place',
    () => ({ method: 'POST', target: '/upload', headers: [bearer()], body: place.inside.placeholder('API_KEY') }),
  ],
  ['a path with two readings', 400, 'path_ambiguous', () => ({ target: '/v1/../json', headers: [bearer()] })],
  [
    'an encoded path with two readings',
    400,
    'path_ambiguous',
    () => ({ target: '/v1/%2e%2e%2fjson', headers: [bearer()] }),
  ],
  ['a reflecting method', 405, 'method_refused', () => ({ method: 'TRACE', target: '/json', headers: [bearer()] })],
  [
    'a denied host',
    403,
    'destination_denied',
    () => ({
      host: denied,
      secret: 'denied',
      target: '/json',
      headers: [['Authorization', `Bearer ${place.inside.placeholder('DENIED_KEY')}`]],
    }),
  ],
]

for (const [what, status, code, ask] of requests) {
  test(`AC-2.3: ${what} has the same verdict, bytes and record, whichever way it came in`, async () => {
    const asking = { host: api, secret: 'api', target: '/', ...ask() }
    const [first, ...others] = waysIn
    // A name that is denied is not resolved: nothing comes in by the transparent way.
    const resolved = asking.host === denied ? others : [first!, ...others]
    // At the root of the gateway, `/proxy` begins the route that names a secret.
    const comparable = resolved.filter(({ name }) => !(asking.target.startsWith('/proxy/') && name === 'root by key'))
    const traces: [string, Trace][] = []
    for (const way of comparable) traces.push([way.name, await trace(way, asking)])
    const [, expected] = traces[0]!
    assert.deepEqual([expected.answer.status, expected.answer.code], [status, code])
    assert.equal(expected.arrived.length, code === undefined ? 1 : 0)
    assert.ok(expected.arrived.every(({ accepted }) => accepted))
    for (const [name, other] of traces) assert.deepEqual(other, expected, name)
  })
}
