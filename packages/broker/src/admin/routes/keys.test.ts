import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { CreatedKey, KeyView, Page } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { type FakeServices, fakeServices } from '../fake-services.suite.ts'

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(() => {
  services = fakeServices()
  app = createAdminApp(services)
})

const own = {
  label: 'agent',
  provider: 'stripe',
  rules: { default: 'deny', rules: [{ effect: 'allow', methods: ['POST'], paths: ['/v1/payment_intents'] }] },
  caps: [{ unit: 'usd', limit: 50, window: 'day' }],
  expiresIn: '30m',
}
const foreign = {
  label: 'sandbox-1-2',
  vendor: 'stripe',
  daily_usd_cap: 12.5,
  allowed_endpoints: ['/v1/payment_intents', 'GET /v1/balance'],
  expires_in: '30m',
}

const post = (body: unknown) =>
  app.request('/v1/keys', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('G3: a key is issued in our own form, listed and shown without its text, and revoked', async () => {
  const reply = await post(own)
  assert.equal(reply.status, 201)
  const { key, env: _, ...view } = (await reply.json()) as CreatedKey
  const listed = (await (await app.request('/v1/keys')).json()) as Page<KeyView>
  assert.deepEqual(listed.items, [view])
  assert.deepEqual(await (await app.request(`/v1/keys/${view.id}`)).json(), view)
  assert.ok(!JSON.stringify(listed).includes(key))
  assert.equal((await app.request(`/v1/keys/${view.id}`, { method: 'DELETE' })).status, 204)
  assert.equal(services.keys.get('default', view.id).status, 'revoked')
})

test('G3: a body with the names of other clients is the same key, and its reply has their names', async () => {
  const reply = await post(foreign)
  assert.equal(reply.status, 201)
  const issued = (await reply.json()) as Readonly<Record<string, unknown>>
  assert.match(`${issued['token']}`, /^vk_/)
  assert.deepEqual(issued['daily_usd_cap'], 12.5)
  assert.deepEqual(issued['allowed_endpoints'], foreign.allowed_endpoints)
  const { rules, caps, expiresAt, createdAt } = services.keys.get('default', `${issued['id']}`)
  assert.deepEqual(caps, [{ unit: 'usd', limit: 12.5, window: 'day' }])
  assert.deepEqual(rules, {
    default: 'deny',
    rules: [
      { effect: 'allow', methods: 'any', paths: ['/v1/payment_intents'] },
      { effect: 'allow', methods: ['GET'], paths: ['/v1/balance'] },
    ],
  })
  assert.equal(Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 60_000), 30)
})

test('SEC-08: what is missing, too much or of both forms is refused', async () => {
  const without = (input: object, name: string) =>
    Object.fromEntries(Object.entries(input).filter(([each]) => each !== name))
  const bodies = [
    ...Object.keys(own).map((name) => without(own, name)),
    ...Object.keys(foreign).map((name) => without(foreign, name)),
    { ...own, ...foreign },
    { ...own, expiresIn: 'forever' },
    { ...own, expiresIn: '31d' },
    { ...own, label: '\u202ekey' },
    { ...foreign, daily_usd_cap: 0 },
    { ...foreign, daily_usd_cap: -1 },
    { ...foreign, allowed_endpoints: [] },
    { ...foreign, allowed_endpoints: ['v1/payouts'] },
    { ...foreign, allowed_endpoints: ['* /v1/payouts'] },
    { ...foreign, expires_in: null },
    { ...foreign, admin: true },
  ]
  for (const body of bodies) assert.equal((await post(body)).status, 400, JSON.stringify(body))
  assert.deepEqual(services.keys.list('default', 10, null), [])
})

test('a list goes on where its page ended, and not from nowhere', async () => {
  for (let count = 0; count < 3; count += 1) await post(own)
  const first = (await (await app.request('/v1/keys?limit=2')).json()) as Page<KeyView>
  const second = (await (await app.request(`/v1/keys?limit=2&cursor=${first.cursor}`)).json()) as Page<KeyView>
  assert.deepEqual([first.items.length, second.items.length, second.cursor], [2, 1, null])
  assert.equal((await app.request('/v1/keys?cursor=key_none')).status, 400)
  assert.equal((await app.request('/v1/keys/key_none')).status, 404)
  assert.equal((await app.request('/v1/keys/key_none', { method: 'DELETE' })).status, 404)
})
