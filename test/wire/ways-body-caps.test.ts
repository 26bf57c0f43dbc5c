import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { type Asking, type Place, sendBy, type WayIn, waysIn } from './ways-in.ts'
import { openWorld, type Received, receive, type World } from './world.ts'

const api = 'api.service.test'
/** The cap of both directions. */
const cap = 1_000
const full = 'x'.repeat(cap)

let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  const root = createTlsRoot()
  const { value } = makeCanary('sk-live-')
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value }] } })
  const proxy = { listen: { host: '127.0.0.1', port: 0 } }
  world = await openWorld({ settings: { proxy, maxRequestBytes: cap, maxResponseBytes: cap } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value, scopes: [scope] })
  const inside = await world.createSandbox({ secrets: { API: 'api' }, from: ['127.0.0.0/8'] })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

function asking(further: Partial<Asking>): Asking {
  const headers = [['Authorization', `Bearer ${place.inside.placeholder('API')}`]] as const
  return { host: api, secret: 'api', target: '/json', ...further, headers: [...headers, ...(further.headers ?? [])] }
}

/** Sends a body whose length is not said ahead. */
async function sendChunked(way: WayIn, body: string): Promise<Received> {
  const headers = [['Transfer-Encoding', 'chunked']] as const
  const request = await way.begin(place, asking({ method: 'POST', target: '/upload', headers }))
  const answer = once(request, 'response')
  request.write(body)
  request.end()
  const [response] = (await answer) as [IncomingMessage]
  try {
    return await receive(response)
  } finally {
    request.destroy()
  }
}

for (const way of waysIn) {
  test(`AC-7.3: bodies as long as the caps pass by ${way.name}, and longer ones do not`, async () => {
    const post = { method: 'POST', target: '/upload' }
    const fits = await sendBy(way, place, asking({ ...post, body: full }))
    assert.deepEqual([fits.status, JSON.parse(fits.text).bytes], [200, cap])
    assert.equal((await sendChunked(way, full)).status, 200)
    assert.equal((await sendBy(way, place, asking({ target: `/bytes/${cap}` }))).status, 200)

    const arrived = origin.requests.length
    const long = await sendBy(way, place, asking({ ...post, body: `${full}x` }))
    assert.deepEqual([long.status, long.code], [413, 'request_body_too_large'])
    assert.equal(origin.requests.length, arrived, 'nothing of it goes out')
    const streamed = await sendChunked(way, `${full}x`)
    assert.deepEqual([streamed.status, streamed.code], [413, 'request_body_too_large'])
    const answer = await sendBy(way, place, asking({ target: `/bytes/${cap + 1}` }))
    assert.deepEqual([answer.status, answer.code], [502, 'response_body_too_large'])
    const record = await poll(async () =>
      (await world.events()).map(({ event }) => event).findLast(({ path }) => path === `/bytes/${cap + 1}`),
    )
    assert.deepEqual([record.code, record.status, record.upstreamStatus], ['response_body_too_large', undefined, 200])
  })
}
