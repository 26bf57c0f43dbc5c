import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { createAdminApp } from './app.ts'
import { type FakeServices, fakeServices } from './fake-services.suite.ts'
import { type Gate, ownerGate } from './gate.ts'
import { type KeptReply, ReplyMemory } from './reply-memory.ts'

const hour = 3_600_000
let nowMs = 0
let services: FakeServices
let replies: ReplyMemory
let app: ReturnType<typeof createAdminApp>
beforeEach(() => {
  nowMs = 0
  services = fakeServices()
  replies = new ReplyMemory({ now: () => new Date(nowMs), monotonicMs: () => nowMs })
  app = createAdminApp(services, { replies })
})

function create(body: unknown, key?: string, path = '/v1/sandboxes', through = app) {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
  return through.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

const sandboxes = (): number => services.sandboxes.list('default', 1000, null).length
const codeOf = async (reply: Response): Promise<string> => ((await reply.json()) as { code: string }).code

test('the same key with the same request gives the same reply, and acts once', async () => {
  const first = await create({ name: 'a' }, 'k')
  const text = await first.text()
  const second = await create({ name: 'a' }, 'k')
  assert.deepEqual([second.status, await second.text()], [201, text])
  assert.equal(second.headers.get('content-type'), first.headers.get('content-type'))
  assert.equal(sandboxes(), 1)
  await create({ name: 'a' })
  await create({ name: 'a' }, 'other')
  assert.equal(sandboxes(), 3)
})

test('requests that come at the same time act once, and all get the reply of the first', async () => {
  const texts = await Promise.all(Array.from({ length: 10 }, async () => (await create({ name: 'a' }, 'k')).text()))
  assert.equal(new Set(texts).size, 1)
  assert.equal(sandboxes(), 1)
})

test('the same key with another body, or on another route, is refused', async () => {
  await create({ name: 'a' }, 'k')
  for (const reply of [
    await create({ name: 'b' }, 'k'),
    await create({ name: 'a' }, 'k', '/v1/secrets'),
    await create({ name: 'a' }, 'k', '/v1/sandboxes?x=1'),
  ]) {
    assert.ok([400, 422].includes(reply.status))
    assert.ok(['idempotency_mismatch', 'request_invalid'].includes(await codeOf(reply)))
  }
  assert.equal(await codeOf(await create({ name: 'b' }, 'k')), 'idempotency_mismatch')
  assert.equal(sandboxes(), 1)
})

test('what failed is not kept: the same key may then succeed', async () => {
  const value = 'sk_live_0123456789abcdefABCDEF'
  const secret = { name: 's', value, provider: 'stripe' }
  services.auditLog.full = true
  assert.equal((await create(secret, 'k', '/v1/secrets')).status, 503)
  services.auditLog.full = false
  assert.equal((await create(secret, 'k', '/v1/secrets')).status, 201)
  assert.equal((await create(secret, 'k', '/v1/secrets')).status, 201)
})

test('a reply is kept for a day, and not after the vault is locked', async () => {
  await create({ name: 'a' }, 'k')
  nowMs = 24 * hour - 1
  await create({ name: 'a' }, 'k')
  assert.equal(sandboxes(), 1)
  nowMs = 24 * hour
  await create({ name: 'a' }, 'k')
  assert.equal(sandboxes(), 2)
  replies.clear()
  await create({ name: 'a' }, 'k')
  assert.equal(sandboxes(), 3)
})

test('R-89: the key of one caller is not that of another', async () => {
  const gate: Gate = () => Promise.resolve({ actor: 'tok_other', project: 'default', role: () => 'operator' })
  const others = createAdminApp(services, { gate, replies })
  const mine = await (await create({ name: 'a' }, 'k')).text()
  const theirs = await (await create({ name: 'a' }, 'k', '/v1/sandboxes', others)).text()
  assert.notEqual(mine, theirs)
  assert.equal(sandboxes(), 2)
})

for (const key of ['', ' ', 'a b', '\u00e9', 'x'.repeat(256)]) {
  test(`the key ${JSON.stringify(key.slice(0, 8))} is refused`, async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const reply = await app.request('/v1/sandboxes', { method: 'POST', headers, body: '{}' })
    assert.equal(await codeOf(reply), 'request_invalid')
    assert.equal(sandboxes(), 0)
  })
}

test('the memory is bounded, and one caller cannot push out the replies of another', async () => {
  const kept = { status: 201, headers: [], body: new Uint8Array() }
  let made = 0
  const make = () => {
    made++
    return Promise.resolve(kept)
  }
  await replies.reply('tok_quiet', 'k', 'f', make)
  for (let index = 0; index < 2_000; index++) await replies.reply('tok_busy', `k${index}`, 'f', make)
  await replies.reply('tok_quiet', 'k', 'f', make)
  assert.equal(made, 2_001)
  await replies.reply('tok_busy', 'k0', 'f', make)
  assert.equal(made, 2_002)
})

test('R-82: large replies of one caller push out its own older ones', async () => {
  const make = (): Promise<KeptReply> => Promise.resolve({ status: 200, headers: [], body: new Uint8Array(256 * 1024) })
  const isKept = async (actor: string, key: string): Promise<boolean> => {
    let made = false
    await replies.reply(actor, key, 'same', () => {
      made = true
      return make()
    })
    return !made
  }
  await replies.reply('other', 'k', 'same', make)
  for (let index = 0; index < 200; index += 1) await replies.reply('one', `${index}`, 'same', make)
  assert.deepEqual(
    [await isKept('one', '199'), await isKept('other', 'k'), await isKept('one', '0')],
    [true, true, false],
  )
})

test('the bytes of requests are not kept, only a mark that nobody can compute without this process', () => {
  const other = new ReplyMemory({ now: () => new Date(), monotonicMs: () => 0 })
  assert.notEqual(replies.fingerprint(['a', Buffer.from('secret')]), other.fingerprint(['a', Buffer.from('secret')]))
  assert.notEqual(replies.fingerprint(['ab', 'c']), replies.fingerprint(['a', 'bc']))
})

test('a caller who may no longer do it does not get the reply again', async () => {
  let isGood = true
  const gate: Gate = (context, access) => {
    if (!isGood) throw new CoatcheckError('token_invalid')
    return ownerGate(services.projects)(context, access)
  }
  app = createAdminApp(services, { gate, replies })
  await create({ name: 'a' }, 'k')
  isGood = false
  assert.equal((await create({ name: 'a' }, 'k')).status, 401)
})
