import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import type { KeyCreate, RuleList } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { ask, basicUser, bearer, type KeyScene, openKeyScene, paymentRules } from './key-scene.ts'
import { poll } from './poll.ts'

/** Sends the credential back. */
const leak: Route = {
  method: 'GET',
  path: /^\/leak$/,
  answer: ({ request, response }) => void response.end(request.headers.authorization?.split(' ')[1]),
}

const read = '/v1/payment_intents/pi_1'
const anyPath: RuleList = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] }

const streams = new Set<ServerResponse>()
/** A stream that says its first event, and the next one when it is told to. */
const events: Route = {
  method: 'GET',
  path: /^\/events$/,
  answer({ response }) {
    streams.add(response.once('close', () => streams.delete(response)))
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  },
}

function pulse(): void {
  for (const response of streams) response.write('data: 2\n\n')
}

/** A stream of the service, after its first event. */
async function openStream(key: string): Promise<IncomingMessage> {
  const asked = httpRequest(`${scene.door}/events`, { headers: bearer(key), agent: false })
  const answered = once(asked, 'response')
  asked.end()
  const [response] = (await answered) as [IncomingMessage]
  response.on('error', () => {})
  await once(response, 'data')
  return response
}

let scene: KeyScene
before(async () => {
  scene = await openKeyScene({ routes: [leak, events] })
})
after(async () => {
  await scene[Symbol.asyncDispose]()
})

test('G3: a virtual key is taken as Bearer and as the user of a pair, at the root and below its provider', async () => {
  const { key } = await scene.issue()
  for (const headers of [bearer(key), basicUser(key)]) {
    for (const path of [read, `/proxy/stripe${read}`, `/stripe${read}`]) {
      const answer = await ask(scene.door, { path, headers })
      assert.equal(answer.status, 200, `${path}: ${answer.text}`)
      assert.equal(JSON.parse(answer.text).id, 'pi_1')
      assert.equal(scene.arrived.at(-1), `GET ${read} ${headers['authorization']!.split(' ')[0]!.toLowerCase()}`)
    }
  }
})

test('G3: what clients send in other fields, in a parameter or to a virtual host is a key as well', async () => {
  const { key } = await scene.issue()
  const host = { host: 'stripe.door.test' }
  assert.equal((await ask(scene.door, { path: read, headers: { ...bearer(key), ...host } })).status, 200)
  for (const [path, headers] of [
    [read, { 'x-api-key': key }],
    [`${read}?api_key=${key}`, {}],
  ] as const) {
    const answer = await ask(scene.door, { path, headers })
    assert.equal(answer.status, 200, answer.text)
  }
})

test('G1: a call that no rule of the key allows is refused, and nothing is sent', async () => {
  const { key } = await scene.issue()
  const before = scene.arrived.length
  for (const path of ['/v1/payouts', '/v1/payment_intents/../payouts', '/v1/%70ayouts', '/v1/customers']) {
    const answer = await ask(scene.door, { method: 'POST', path, headers: bearer(key), body: 'amount=1&currency=usd' })
    assert.ok(['rule_denied', 'path_ambiguous'].includes(answer.code ?? ''), `${path}: ${answer.text}`)
  }
  assert.equal(scene.arrived.length, before)
})

test('G4: a key stops at its cap, and says how that stands', async () => {
  const { key } = await scene.issue()
  const pay = () =>
    ask(scene.door, {
      method: 'POST',
      path: '/v1/payment_intents',
      headers: bearer(key),
      body: 'amount=3000&currency=usd',
    })
  assert.equal((await pay()).status, 200)
  const refused = await pay()
  assert.deepEqual([refused.status, refused.code], [429, 'cap_reached'])
  const { cap } = JSON.parse(refused.text)
  assert.deepEqual([cap.limit, cap.used], [50, 30])
})

/** With which code `explain` says that a key is refused. */
async function explainedCode(id: string): Promise<string | undefined> {
  const url = `https://api.stripe.com${read}`
  const { verdict } = await scene.world.client.explain({ sandbox: id, method: 'GET', url })
  return verdict.outcome === 'refused' ? verdict.code : undefined
}

test('G5: a revoked key is refused on its next request, and the holder of the right key alone learns why', async () => {
  const { key, id } = await scene.issue()
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).status, 200)
  await scene.world.client.keys.revoke(id)
  const refused = await ask(scene.door, { path: read, headers: bearer(key) })
  assert.deepEqual([refused.status, refused.code], [401, 'key_revoked'])
  assert.match(refused.headers['www-authenticate'] ?? '', /Coatcheck/)
  const near = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`
  const unknown = key.replace(/vk_\w{20}/, `vk_${'0'.repeat(20)}`)
  for (const false_ of [near, unknown, `x${key}`]) {
    const answer = await ask(scene.door, { path: read, headers: bearer(false_) })
    assert.deepEqual([answer.status, answer.code], [401, 'gateway_unauthenticated'])
  }
  assert.equal((await scene.world.client.keys.get(id)).status, 'revoked')
  assert.equal(await explainedCode(id), 'key_revoked')
  await scene.world.client.keys.revoke(id)
  await assert.rejects(scene.world.client.keys.revoke(`key_${'0'.repeat(20)}`), { code: 'key_not_found' })
})

test('G5, SEC-14: a key that has expired is refused, and says so', async () => {
  const { key, id } = await scene.issue({ expiresIn: 3 })
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).status, 200)
  const refused = await poll(async () => {
    const answer = await ask(scene.door, { path: read, headers: bearer(key) })
    // One that was let in just before is told of its grant, or of its end.
    return answer.status === 200 || ['grant_expired', 'sandbox_expired'].includes(answer.code ?? '')
      ? undefined
      : answer
  })
  assert.deepEqual([refused.status, refused.code], [401, 'key_expired'])
  assert.equal((await scene.world.client.keys.get(id)).status, 'expired')
  assert.equal(await explainedCode(id), 'key_expired')
})

test('G5: a key revokes itself at the door, and is never extended', async () => {
  const { key, id } = await scene.issue()
  const self = await ask(scene.door, { path: '/proxy/-/self', headers: bearer(key) })
  const shown = JSON.parse(self.text)
  assert.deepEqual([shown.id, shown.status, shown.label], [id, 'active', 'agent-1'])
  assert.ok(!self.text.includes('coatcheck_vk_'))
  for (const [method, path] of [
    ['POST', '/proxy/-/access-requests'],
    ['GET', '/proxy/-/access-requests'],
    ['DELETE', '/proxy/-/self/grants/STRIPE_SECRET_KEY'],
    ['GET', '/proxy/-/ca.pem'],
    ['POST', '/proxy/-/self'],
  ] as const) {
    const answer = await ask(scene.door, {
      method,
      path,
      headers: bearer(key),
      ...(method === 'POST' && { body: '{"to":"api.stripe.com","reason":"more"}' }),
    })
    assert.equal(answer.code, 'not_found', `${method} ${path}`)
  }
  assert.equal((await ask(scene.door, { method: 'DELETE', path: '/proxy/-/self', headers: bearer(key) })).status, 202)
  await poll(async () => ((await scene.world.client.keys.get(id)).status === 'revoked' ? true : undefined))
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).code, 'key_revoked')
})

test('G5: what changes sandboxes changes no key', async () => {
  const { id, grant } = await scene.issue()
  const { client } = scene.world
  await assert.rejects(client.sandboxes.renew(id, 3600), { code: 'sandbox_not_found' })
  await assert.rejects(client.sandboxes.get(id), { code: 'sandbox_not_found' })
  await assert.rejects(client.sandboxes.attach(id, 'OTHER', { secret: 'stripe' }), { code: 'sandbox_not_found' })
  await assert.rejects(client.sandboxes.reissueToken(id), { code: 'sandbox_not_found' })
  await assert.rejects(client.caps.set('grant', grant, []), { code: 'key_unbounded' })
  assert.ok((await client.sandboxes.list()).items.every((sandbox) => sandbox.id !== id))
  assert.ok((await client.keys.list()).items.some((key) => key.id === id))
  assert.ok((await client.grants.list()).items.some((listed) => listed.id === grant && listed.sandbox === id))
})

test('SEC-08: a key without rules that deny, without a cap or without an end does not come into being', async () => {
  const before = (await scene.world.client.keys.list()).items.length
  const allow = { effect: 'allow', methods: 'any', paths: 'any' } as const
  for (const input of [
    { rules: { default: 'allow', rules: [] } },
    { rules: { default: 'allow', rules: [allow] } },
    { rules: { default: 'deny', rules: [] } },
    { rules: { default: 'deny', rules: [{ ...allow, effect: 'deny' }] } },
    { caps: [] },
    { caps: [{ unit: 'errors', limit: 5, window: 'minute' }] },
  ] satisfies Partial<KeyCreate>[]) {
    await assert.rejects(scene.issue(input), { code: 'key_unbounded' }, JSON.stringify(input))
  }
  for (const expiresIn of [0, -1, '31d', 'soon', 31 * 24 * 3600]) {
    await assert.rejects(scene.issue({ expiresIn }), { code: 'request_invalid' }, String(expiresIn))
  }
  assert.equal((await scene.world.client.keys.list()).items.length, before)
})

test('SEC-08: a key is good from the addresses alone that were said with it', async () => {
  const { key } = await scene.issue({ from: ['192.0.2.0/24'] })
  const answer = await ask(scene.door, { path: read, headers: bearer(key) })
  assert.deepEqual([answer.status, answer.code], [403, 'key_elsewhere'])
  const near = await scene.issue({ from: ['127.0.0.0/8'] })
  assert.equal((await ask(scene.door, { path: read, headers: bearer(near.key) })).status, 200)
})

test('SEC-08: of two keys in one request neither is taken, and a key opens no proxy', async () => {
  const [one, other] = [await scene.issue(), await scene.issue()]
  const both = await ask(scene.door, { path: read, headers: { ...bearer(one.key), 'x-api-key': other.key } })
  assert.equal(both.code, 'gateway_unauthenticated')
  const absolute = await ask(scene.door, { path: `http://api.stripe.com${read}`, headers: bearer(one.key) })
  assert.equal(absolute.code, 'proxy_unauthenticated')
})

test('V1, A2: neither the key nor its hash is anywhere in the home in clear, and the journal names label and id', async () => {
  const { key, id } = await scene.issue({ label: 'sandbox-user 7@x' })
  await ask(scene.door, { path: read, headers: bearer(key) })
  await ask(scene.door, { path: '/v1/payouts', headers: bearer(key) })
  await scene.world.client.keys.revoke(id)
  await ask(scene.door, { path: read, headers: bearer(key) })
  const { items } = await scene.world.client.audit.list({ sandbox: id, limit: 100 })
  const events = items.map(({ event }) => event)
  const kinds = ['key.created', 'exchange.completed', 'exchange.refused', 'key.ended', 'connection.refused']
  for (const kind of kinds) {
    const found = events.filter((event) => event.kind === kind)
    assert.ok(found.length > 0, kind)
    assert.ok(found.every(({ sandbox, subject }) => sandbox === id && subject === 'sandbox-user 7@x'))
  }
  const shown = JSON.stringify([await scene.world.client.keys.list(), await scene.world.client.keys.get(id), items])
  assert.ok(!shown.includes(key.slice(-43)))
  for (const entry of readdirSync(scene.world.home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(key.slice(-43)), entry.name)
  }
})

test('N1: what comes back is never the secret', async () => {
  const { key } = await scene.issue({
    rules: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/leak'] }] },
  })
  const answer = await ask(scene.door, { path: '/leak', headers: bearer(key) })
  assert.equal(answer.status, 200)
  assert.ok(!answer.text.includes(scene.secret))
})

test('SEC-13, R-68: the placeholder behind a key is of no use to anybody', async () => {
  const { key } = await scene.issue({
    rules: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/leak'] }] },
  })
  const { text } = await ask(scene.door, { path: '/leak', headers: bearer(key) })
  const answer = await ask(scene.door, { path: '/leak', headers: bearer(text) })
  assert.deepEqual([answer.status, answer.code], [401, 'gateway_unauthenticated'])
})

test('N14: a lockdown ends keys, those of a secret and all', async () => {
  const one = await scene.issue()
  await scene.world.client.lockdown({ secret: 'stripe' })
  assert.equal((await ask(scene.door, { path: read, headers: bearer(one.key) })).code, 'key_revoked')
  assert.equal((await scene.world.client.keys.get(one.id)).status, 'revoked')
  const other = await scene.issue()
  await scene.world.client.lockdown({ all: true })
  assert.equal((await ask(scene.door, { path: read, headers: bearer(other.key) })).code, 'key_revoked')
})

test('G3: the secret is the only one of its service, or the one that is named', async () => {
  const { client } = scene.world
  await assert.rejects(scene.issue({ provider: 'openai' }), { code: 'secret_not_found' })
  await assert.rejects(scene.issue({ provider: 'stripe', secret: 'absent' }), { code: 'secret_not_found' })
  await client.secrets.create({ name: 'stripe-2', provider: 'stripe', value: makeCanary('sk_live_').value })
  await assert.rejects(scene.issue(), { code: 'secret_ambiguous' })
  assert.equal((await scene.issue({ secret: 'stripe-2' })).secret, 'stripe-2')
  await client.secrets.create({
    name: 'wide',
    value: makeCanary('w-').value,
    scopes: [{ to: '*.wide.test', inject: { kind: 'bearer' } }],
  })
  await assert.rejects(
    client.keys.create({
      label: 'x',
      secret: 'wide',
      rules: paymentRules,
      caps: [{ unit: 'requests', limit: 1, window: 'day' }],
      expiresIn: 60,
    }),
    { code: 'key_unsuitable' },
  )
  await client.secrets.delete('stripe-2')
})

test('N2: what is open with a key ends with it, and with nobody else', async () => {
  const [one, other] = [await scene.issue({ rules: anyPath }), await scene.issue({ rules: anyPath })]
  const [cut, kept] = [await openStream(one.key), await openStream(other.key)]
  const over = new Promise((resolve) => cut.once('close', resolve))
  await scene.world.client.keys.revoke(one.id)
  await over
  assert.equal(cut.complete, false)
  const next = once(kept, 'data')
  pulse()
  assert.equal(String((await next)[0]), 'data: 2\n\n')
  await scene.world.client.keys.revoke(other.id)
})

test('N10: explain says what a request by a key would meet', async () => {
  const { id } = await scene.issue()
  const headers = [{ name: 'Authorization', value: 'Bearer $STRIPE_SECRET_KEY' }]
  const explain = (method: string, path: string) =>
    scene.world.client.explain({ sandbox: id, method, url: `https://api.stripe.com${path}`, headers })
  const { verdict } = await explain('POST', '/v1/payouts')
  assert.equal(verdict.outcome === 'refused' && verdict.code, 'rule_denied')
  assert.equal((await explain('GET', read)).verdict.outcome, 'injected')
})

test('N10, G4: explain says what caps would say, and holds nothing', async () => {
  const { key, id } = await scene.issue({
    caps: [
      { unit: 'usd', limit: 50, window: 'day' },
      { unit: 'requests', limit: 1, window: 'total' },
    ],
  })
  const headers = [{ name: 'Authorization', value: 'Bearer $STRIPE_SECRET_KEY' }]
  const explain = (method: string, path: string) =>
    scene.world.client.explain({ sandbox: id, method, url: `https://api.stripe.com${path}`, headers })
  const outcomes = ({ caps }: Awaited<ReturnType<typeof explain>>) => caps.map(({ text, outcome }) => [text, outcome])
  for (let turn = 0; turn < 3; turn += 1) {
    const reading = await explain('GET', read)
    assert.deepEqual(outcomes(reading), [
      ['1requests/total', 'room'],
      ['50usd/day', 'room'],
    ])
    assert.equal(reading.verdict.outcome, 'injected')
    assert.deepEqual(outcomes(await explain('POST', '/v1/payment_intents')), [
      ['1requests/total', 'room'],
      ['50usd/day', 'awaits-body'],
    ])
  }
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).status, 200)
  const spent = await explain('GET', read)
  assert.deepEqual(outcomes(spent)[0], ['1requests/total', 'cap_reached'])
  assert.equal(spent.verdict.outcome === 'refused' && spent.verdict.code, 'cap_reached')
  assert.equal(spent.caps[0]?.used, 1)
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).code, 'cap_reached')
})

test('SEC-01: a key whose row was changed from outside is refused', async () => {
  const { key, id } = await scene.issue()
  assert.equal((await ask(scene.door, { path: read, headers: bearer(key) })).status, 200)
  const database = new DatabaseSync(join(scene.world.home, 'data', 'coatcheck.db'))
  const change = (expiresAt: string) =>
    database.prepare('UPDATE sandboxes SET expires_at = ? WHERE id = ?').run(expiresAt, id)
  const { expiresAt } = await scene.world.client.keys.get(id)
  change('2099-01-01T00:00:00.000Z')
  const refused = await poll(async () => {
    const answer = await ask(scene.door, { path: read, headers: bearer(key) })
    return answer.status === 200 ? undefined : answer
  })
  assert.deepEqual([refused.status, refused.code], [503, 'secret_unavailable'])
  change(expiresAt)
  database.close()
})
