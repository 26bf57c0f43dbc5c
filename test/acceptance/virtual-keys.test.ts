import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import Stripe from 'stripe'
import { type KeyScene, openKeyScene } from '../wire/key-scene.ts'
import { poll } from '../wire/poll.ts'

/** What the API replies to a client that knows the fields by these names. */
interface IssuedKey {
  readonly id: string
  readonly token: string
}

for (const workers of [undefined, ...(process.platform === 'linux' ? [2] : [])]) {
  describe(`a platform issues keys over HTTP, and agents use them with the published client, ${workers ?? 'no'} workers`, () => {
    let scene: KeyScene
    let apiUrl = ''
    let platformToken = ''
    before(async () => {
      scene = await openKeyScene({
        settings: { api: { listen: { host: '127.0.0.1', port: 0 } } },
        ...(workers !== undefined && { workers }),
      })
      apiUrl = scene.world.broker.apiUrl!
      platformToken = (await scene.world.client.tokens.create({ name: 'platform', role: 'operator' })).token
    })
    after(async () => {
      await scene[Symbol.asyncDispose]()
    })

    /** The call of the platform: only the address is ours. */
    async function issueKey(maxSpendUsd: number, lifetime: string): Promise<IssuedKey> {
      const reply = await fetch(`${apiUrl}/v1/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${platformToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          label: 'sandbox-5f0c2a34-8f5e-4d2c-9c58-0d6d0b6a7f11-1f9b6c4e-2b7a-4d0e-8f3a-6c5d4e3f2a1b',
          vendor: 'stripe',
          daily_usd_cap: maxSpendUsd,
          allowed_endpoints: ['/v1/payment_intents', '/v1/payment_intents/*'],
          expires_in: lifetime,
        }),
      })
      assert.equal(reply.status, 201, await reply.clone().text())
      return (await reply.json()) as IssuedKey
    }

    /** The published client, which takes a host and no path behind it. */
    function stripeWith(key: string): Stripe {
      const { hostname, port } = new URL(scene.door)
      return new Stripe(key, { protocol: 'http', host: hostname, port, maxNetworkRetries: 0 })
    }

    async function revoke(id: string, token: string): Promise<number> {
      const reply = await fetch(`${apiUrl}/v1/keys/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      })
      return reply.status
    }

    const payment = { amount: 2000, currency: 'usd' }

    test('G3, G4: the client pays within the allowed calls, up to the cap, and no further', async () => {
      const { token } = await issueKey(50, '30m')
      const stripe = stripeWith(token)
      const made = await stripe.paymentIntents.create(payment)
      assert.deepEqual([made.object, made.amount, made.currency], ['payment_intent', 2000, 'usd'])
      assert.equal((await stripe.paymentIntents.retrieve('pi_1')).id, 'pi_1')
      assert.deepEqual(scene.arrived.slice(-2), [
        'POST /v1/payment_intents bearer',
        'GET /v1/payment_intents/pi_1 bearer',
      ])
      await stripe.paymentIntents.create(payment)
      const sent = scene.arrived.length
      await assert.rejects(stripe.paymentIntents.create(payment), { statusCode: 429, code: 'cap_reached' })
      await assert.rejects(stripe.payouts.create(payment), { statusCode: 403, code: 'rule_denied' })
      await assert.rejects(stripe.customers.list(), { statusCode: 403 })
      assert.equal(scene.arrived.length, sent)
      await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
    })

    test('G3: the same key as the user of a pair, below the address of its service', async () => {
      const { token } = await issueKey(10, '30m')
      for (const prefix of ['', '/stripe', '/proxy/stripe']) {
        const asked = request(`${scene.door}${prefix}/v1/payment_intents`, { method: 'POST', auth: `${token}:` })
        asked.setHeader('content-type', 'application/x-www-form-urlencoded')
        const answered = once(asked, 'response')
        asked.end('amount=100&currency=usd')
        const [response] = (await answered) as [{ readonly statusCode: number; resume(): void }]
        response.resume()
        assert.equal(response.statusCode, 200, prefix)
        assert.equal(scene.arrived.at(-1), 'POST /v1/payment_intents basic')
      }
    })

    test('G5: a key that its lifetime is over is refused on the next request', async () => {
      const { token } = await issueKey(50, '1s')
      const stripe = stripeWith(token)
      await stripe.paymentIntents.create(payment)
      const error = await poll(async () => {
        const outcome = await stripe.paymentIntents.retrieve('pi_1').catch((reason: unknown) => reason)
        return outcome instanceof Stripe.errors.StripeError ? outcome : undefined
      })
      assert.equal(error.statusCode, 401)
    })

    test('G5: the platform revokes a key by its id, and a key revokes itself, but no other', async () => {
      const [one, other] = [await issueKey(50, '30m'), await issueKey(50, '30m')]
      const stripe = stripeWith(one.token)
      await stripe.paymentIntents.create(payment)
      assert.equal(await revoke(other.id, one.token), 401)
      assert.equal(await revoke(one.id, one.token), 204)
      await assert.rejects(stripe.paymentIntents.create(payment), { statusCode: 401 })
      assert.equal(await revoke(one.id, one.token), 401)
      await stripeWith(other.token).paymentIntents.create(payment)
      assert.equal(await revoke(other.id, platformToken), 204)
      assert.equal(await revoke(other.id, platformToken), 204)
      await assert.rejects(stripeWith(other.token).paymentIntents.create(payment), { statusCode: 401 })
    })

    test('G5: a key is good for nothing else of the API, least of all for its own end', async () => {
      const { id, token } = await issueKey(50, '30m')
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      for (const [method, path] of [
        ['GET', `/v1/keys/${id}`],
        ['GET', '/v1/keys'],
        ['POST', '/v1/keys'],
        ['PATCH', `/v1/keys/${id}`],
        ['POST', `/v1/keys/${id}/renew`],
        ['GET', '/v1/secrets'],
        ['PUT', '/v1/caps/project'],
        ['DELETE', '/v1/secrets/stripe'],
      ] as const) {
        const reply = await fetch(`${apiUrl}${path}`, { method, headers, ...(method !== 'GET' && { body: '{}' }) })
        assert.ok([401, 429].includes(reply.status), `${method} ${path}: ${reply.status}`)
        await reply.arrayBuffer()
      }
    })
  })
}
