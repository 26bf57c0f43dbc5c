import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import type { Cap } from '@coatcheck/contract'
import type { Route } from '../fixtures/origin-routes.ts'
import { bearer, type KeyScene, openKeyScene, paymentRules } from './key-scene.ts'
import { plateau, poll } from './poll.ts'

const linux = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const limit: Cap = { unit: 'usd', limit: 1, window: 'total' }
const requests = 100
const admissible = 10

/** What the service does with a payment: `whole` answers it, `stream` in parts, `open` begins an answer that does not end. */
type Mode = 'whole' | 'stream' | 'open'

const pay: Route = {
  method: 'POST',
  path: /^\/v1\/payment_intents$/,
  async answer({ request, response }) {
    let text = ''
    for await (const chunk of request) text += chunk
    const mode = new URLSearchParams(text).get('description')
    if (mode === 'whole') return void response.end('{}')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    if (mode === 'stream') setImmediate(() => response.end('data: 2\n\n'))
  },
}

/** Someone who pays a tenth of a dollar: where to, and with which fields. */
interface Payer {
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** By key at the root, by base URL, and by the forward proxy. */
const ways = ['key', 'gateway', 'proxy'] as const

let scene: KeyScene
before(async () => {
  if (linux === false) scene = await openKeyScene({ workers: 4, routes: [pay] })
})
after(() => scene?.[Symbol.asyncDispose]())

async function payerBy(way: (typeof ways)[number], caps: readonly Cap[]): Promise<Payer> {
  if (way === 'key') {
    const { key } = await scene.issue({ caps, rules: paymentRules })
    return { url: scene.door, path: '/v1/payment_intents', headers: bearer(key) }
  }
  const sandbox = await scene.world.client.sandboxes.create({
    secrets: { STRIPE_SECRET_KEY: 'stripe' },
    from: ['127.0.0.0/8'],
    caps,
  })
  const headers = bearer(sandbox.connect.env['STRIPE_SECRET_KEY']!)
  if (way === 'gateway')
    return { url: scene.door, path: `/as/${sandbox.id}.${sandbox.token}/stripe/v1/payment_intents`, headers }
  const identity = Buffer.from(`${sandbox.id}:${sandbox.token}`).toString('base64')
  const path = 'https://api.stripe.com/v1/payment_intents'
  return {
    url: scene.door,
    path,
    headers: { ...headers, host: 'api.stripe.com', 'proxy-authorization': `Basic ${identity}` },
  }
}

function begin({ url, path, headers }: Payer, mode: Mode): ClientRequest {
  const { hostname, port } = new URL(url)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const asked = httpRequest({ hostname, port, method: 'POST', path, headers: { ...form, ...headers }, agent: false })
  asked.on('error', () => {})
  asked.end(`amount=10&currency=usd&description=${mode}`)
  return asked
}

/** Sends one request; one that is cancelled ends as soon as its answer began. @returns status */
async function send(payer: Payer, mode: Mode): Promise<number> {
  const asked = begin(payer, mode)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  if (mode === 'open' && response.statusCode === 200) asked.destroy()
  else for await (const _ of response);
  return response.statusCode ?? 0
}

for (const way of ways) {
  for (const mode of ['whole', 'stream', 'open'] as const) {
    const title = { whole: 'whole replies', stream: 'streams', open: 'cancelled in the middle' }[mode]
    test(`AC-17.1, N3: of 100 parallel requests of 0.10 under a cap of 1.00, ten, by ${way}, ${title}, over four workers`, {
      skip: linux,
    }, async () => {
      const payer = await payerBy(way, [limit])
      const before = scene.arrived.length
      const statuses = await Promise.all(Array.from({ length: requests }, () => send(payer, mode)))
      assert.deepEqual(
        [200, 429].map((status) => statuses.filter((each) => each === status).length),
        [admissible, requests - admissible],
      )
      assert.equal(scene.arrived.length - before, admissible)
    })
  }
}

test('AC-17.1: requests that are cancelled before any answer do not get past a cap either', {
  skip: linux,
}, async () => {
  const payer = await payerBy('key', [limit])
  const before = scene.arrived.length
  for (let round = 0; round < 4; round += 1) {
    const asked = Array.from({ length: 25 }, () => begin(payer, 'open'))
    await poll(() => (scene.arrived.length > before ? true : undefined))
    for (const each of asked) each.destroy()
  }
  const arrived = await plateau(() => scene.arrived.length - before)
  assert.ok(arrived <= admissible, `${arrived}`)
})

test('AC-17.1: one cap on a secret holds for all ways together', { skip: linux }, async () => {
  const payers = await Promise.all(ways.map((way) => payerBy(way, [{ ...limit, limit: 1000 }])))
  await scene.world.client.caps.set('secret', 'stripe', [limit])
  const before = scene.arrived.length
  const statuses = await Promise.all(
    Array.from({ length: requests }, (_, index) => send(payers[index % payers.length]!, 'whole')),
  )
  assert.equal(statuses.filter((status) => status === 200).length, admissible)
  assert.equal(scene.arrived.length - before, admissible)
})
