import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { BrokerProblem, type CoatcheckClient, createClient, type LeaseEvent } from '@coatcheck/sdk'

type LateAdminModule = typeof import('../../packages/broker/src/admin/late-admin.ts')
type FakesModule = typeof import('../../packages/broker/src/admin/fake-services.suite.ts')
type ListenModule = typeof import('../../packages/broker/src/admin/listen.ts')

// The room is no part of what the package exports.
const admin = join(import.meta.dirname, '../../packages/broker/src/admin')
const { lateAdmin } = (await import(join(admin, 'late-admin.ts'))) as LateAdminModule
const { fakeServices } = (await import(join(admin, 'fake-services.suite.ts'))) as FakesModule
const { listenOnSocket } = (await import(join(admin, 'listen.ts'))) as ListenModule

const value = 'sk_live_0123456789abcdefABCDEF'
const denied = { project: 'default', kind: 'connection.refused', host: 'pastebin.com' } as const

let folder = ''
let services: ReturnType<typeof fakeServices>
let listener: Awaited<ReturnType<typeof listenOnSocket>>
let client: CoatcheckClient
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-sdk-'))
  services = fakeServices()
  listener = await listenOnSocket(lateAdmin(services).listener({}), join(folder, 's'))
  client = createClient({ socketPath: listener.socketPath })
})
afterEach(async () => {
  await listener.close()
  rmSync(folder, { recursive: true, force: true })
})

const code = (expected: ProblemCode) => (error: unknown) => error instanceof CoatcheckError && error.code === expected

test('a secret is created, listed, shown, changed, rotated and deleted', async () => {
  const created = await client.secrets.create({ name: 'stripe', value, provider: 'stripe', rotationDays: 7 })
  assert.deepEqual([created.name, created.version], ['stripe', 1])
  assert.deepEqual((await client.secrets.list({ limit: 1 })).items, [created])
  assert.deepEqual(await client.secrets.get('stripe'), created)
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  assert.deepEqual((await client.secrets.update('stripe', { scopes, value })).scopes, scopes)
  assert.equal((await client.secrets.rotate('stripe', `${value}2`)).version, 2)
  await client.secrets.delete('stripe')
  await assert.rejects(client.secrets.get('stripe'), code('secret_not_found'))
})

test('a failure comes with the code, the sentence and the remedy of the broker', async () => {
  await assert.rejects(client.secrets.get('nope'), (error) => {
    assert.ok(error instanceof BrokerProblem)
    assert.equal(error.code, 'secret_not_found')
    assert.equal(error.message, 'No such secret (name: nope)')
    assert.match(error.problem.remedy, /secret create/)
    return true
  })
})

test('names that need it are escaped in the path', async () => {
  await assert.rejects(client.secrets.get('../../healthz'), code('secret_not_found'))
  await assert.rejects(client.secrets.get('a/b?c#d'), code('secret_not_found'))
})

test('vault, journal, providers and status are within reach', async () => {
  await client.ping()
  assert.equal((await client.vault.lock()).vault, 'locked')
  assert.equal((await client.vault.unlock()).vault, 'unlocked')
  assert.equal((await client.vault.confirmRollback()).vault, 'unlocked')
  assert.equal((await client.audit.verify()).ok, true)
  assert.equal((await client.audit.checkpoint()).publicKey, 'PEM')
  assert.equal((await client.providers.get('stripe')).name, 'Stripe')
  assert.ok((await client.providers.list({ limit: 2 })).cursor)
  assert.equal((await client.status()).version, '0.1.0')
})

test('the journal is listed with conditions', async () => {
  await services.auditLog.append({ ...denied, id: 'con_1' })
  await services.auditLog.append({ ...denied, id: 'con_2', host: 'other.example' })
  const { items } = await client.connections.list({ host: 'other.example', decision: 'refused' })
  assert.deepEqual(
    items.map(({ id }) => id),
    ['con_2'],
  )
  assert.deepEqual((await client.requests.list()).items, [])
})

test('following yields what comes, and ends when the loop is left', async () => {
  const seen: string[] = []
  const timer = setInterval(() => void services.auditLog.append({ ...denied, id: `con_${seen.length}` }), 20)
  for await (const { id } of client.audit.follow({ decision: 'refused' })) if (seen.push(id) === 3) break
  clearInterval(timer)
  assert.equal(new Set(seen).size, 3)
})

test('following ends quietly with its signal, and loudly with the broker', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 50)
  for await (const row of client.audit.follow({}, stop.signal)) assert.fail(row.id)
  setTimeout(() => void listener.close(), 50)
  await assert.rejects(async () => {
    for await (const row of client.audit.follow()) assert.fail(row.id)
  }, code('broker_unreachable'))
})

test('a lease tells refusals and the end of its sandbox', async () => {
  const { id } = await client.sandboxes.create({ name: 'agent' })
  const lease = await client.sandboxes.lease(id)
  await services.auditLog.append({ ...denied, id: 'con_1', sandbox: id })
  const events: LeaseEvent[] = []
  for await (const event of lease.events) {
    events.push(event)
    if (event.kind === 'refused') await client.sandboxes.end(id)
  }
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['refused', 'ended'],
  )
})

test('closing a lease ends the sandbox', async () => {
  const { id } = await client.sandboxes.create({})
  const lease = await client.sandboxes.lease(id)
  lease.close()
  await services.sandboxes.ended(id)
  assert.equal((await client.sandboxes.get(id)).status, 'ended')
})

test('a living sandbox is changed, renewed and joined; secrets are attached and detached', async () => {
  const { id } = await client.sandboxes.create({ name: 'agent' })
  const changed = await client.sandboxes.update(id, { name: 'other', labels: { team: 'a' } })
  assert.deepEqual([changed.name, changed.labels], ['other', { team: 'a' }])
  assert.ok(Date.parse((await client.sandboxes.renew(id, 86_400)).expiresAt) > Date.now() + 80_000_000)
  await client.secrets.create({ name: 'stripe', value, provider: 'stripe' })
  const attached = await client.sandboxes.attach(id, 'STRIPE_API_KEY', { secret: 'stripe' })
  assert.equal((await client.sandboxes.connect(id)).env['STRIPE_API_KEY'], attached.placeholder)
  const { items } = await client.grants.list({ secret: 'stripe' })
  assert.deepEqual(
    items.map(({ env, sandbox }) => [env, sandbox]),
    [['STRIPE_API_KEY', id]],
  )
  assert.deepEqual((await client.secrets.sandboxes('stripe')).items, [await client.sandboxes.get(id)])
  await client.sandboxes.detach(id, 'STRIPE_API_KEY')
  await assert.rejects(client.sandboxes.detach(id, 'STRIPE_API_KEY'), code('grant_not_found'))
  await client.sandboxes.attach(id, 'STRIPE_API_KEY', { secret: 'stripe' })
  await client.grants.end((await client.grants.list({ sandbox: id })).items[0]!.id)
  await assert.rejects(client.grants.end('grt_none'), code('grant_not_found'))
  assert.deepEqual((await client.grants.list()).items, [])
  assert.deepEqual(await client.lockdown({ all: true }), { sandboxes: 1, grants: 2 })
})

const malformed: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
  ['a name of a secret that is none', (id) => client.sandboxes.attach(id, 'KEY', { secret: 'a b' })],
  ['a secret and a value', (id) => client.sandboxes.attach(id, 'KEY', { secret: 'x', value: 'y', ...{ further: 1 } })],
  ['a time to live of nothing', (id) => client.sandboxes.renew(id, 0)],
  ['a lockdown of nothing', () => client.lockdown({})],
  ['a lockdown of two things', () => client.lockdown({ all: true, label: 'a=b' })],
  ['a label without a value', () => client.lockdown({ label: 'team' })],
  ['a name that is too long', (id) => client.sandboxes.update(id, { name: 'x'.repeat(64) })],
]

for (const [what, act] of malformed) {
  test(`refused, and nothing is changed: ${what}`, async () => {
    const { id } = await client.sandboxes.create({ name: 'agent' })
    const before = await client.sandboxes.get(id)
    await assert.rejects(act(id), code('request_invalid'))
    assert.deepEqual(await client.sandboxes.get(id), before)
  })
}

test('a lease whose broker goes away fails instead of ending', async () => {
  const { id } = await client.sandboxes.create({})
  const lease = await client.sandboxes.lease(id)
  services.sandboxes.end = () => Promise.resolve()
  setTimeout(() => void listener.close(), 20)
  await assert.rejects(async () => {
    for await (const event of lease.events) assert.fail(event.kind)
  }, code('broker_unreachable'))
})

test('a broker that is not there is unreachable', async () => {
  await listener.close()
  await assert.rejects(client.status(), code('broker_unreachable'))
  await assert.rejects(client.sandboxes.lease('sbx_1'), code('broker_unreachable'))
})

test('a reply that is none of ours is an internal failure, not a crash', async () => {
  const path = join(folder, 'other')
  const other = createServer((_request, response) => void response.writeHead(418).end('<html>'))
  await new Promise<void>((resolve) => other.listen(path, resolve))
  await assert.rejects(createClient({ socketPath: path }).status(), code('internal'))
  other.closeAllConnections()
  await new Promise<void>((resolve) => other.close(() => resolve()))
})
