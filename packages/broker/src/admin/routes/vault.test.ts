import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { fakeServices } from '../fake-services.suite.ts'

function setUp() {
  const services = fakeServices()
  const app = createAdminApp(services)
  const post = (path: string, body?: unknown) => {
    const text = JSON.stringify(body ?? null)
    const headers = { 'content-type': 'application/json', 'content-length': String(text.length) }
    return app.request(path, { method: 'POST', ...(body === undefined ? {} : { headers, body: text }) })
  }
  const kinds = () => services.auditLog.events.map(({ kind }) => kind)
  return { services, post, kinds }
}

async function codeOf(reply: Response): Promise<unknown> {
  return ((await reply.json()) as { readonly code: unknown }).code
}

test('a rotation tells how far it has come, and is recorded when it begins and when it is over', async () => {
  const { post, kinds } = setUp()
  const text = await (await post('/v1/vault/rotate-key')).text()
  const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
  assert.deepEqual(events, ['open', 'progress', 'progress', 'done'])
  assert.match(text, /data: {"done":2,"total":2}/)
  assert.deepEqual(kinds(), ['vault.rotation-began', 'vault.key-rotated'])
})

test('a rotation that fails says so, and a locked vault is not rotated', async () => {
  const { post, services, kinds } = setUp()
  Object.assign(services.vaultControl, {
    rotateKey: () => Promise.reject(new CoatcheckError('storage_unavailable')),
  })
  assert.match(await (await post('/v1/vault/rotate-key')).text(), /event: failed\ndata: .*"code":"storage_unavailable"/)
  services.vault.lock()
  assert.equal(await codeOf(await post('/v1/vault/rotate-key')), 'vault_locked')
  assert.deepEqual(kinds(), ['vault.rotation-began'])
})

test('a rotation goes on when whoever asked for it goes away', async () => {
  const { post, services, kinds } = setUp()
  const gate = Promise.withResolvers<void>()
  Object.assign(services.vaultControl, { rotateKey: () => gate.promise })
  const reply = await post('/v1/vault/rotate-key')
  const reader = reply.body!.getReader()
  await reader.read()
  await reader.cancel()
  gate.resolve()
  for (let turn = 0; turn < 100 && !kinds().includes('vault.key-rotated'); turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(kinds(), ['vault.rotation-began', 'vault.key-rotated'])
})

test('an unlocking that fails is not recorded as one, and one without a body is taken', async () => {
  const { post, services, kinds } = setUp()
  assert.equal((await post('/v1/vault/unlock')).status, 200)
  Object.assign(services.vaultControl, {
    unlock: () => Promise.reject(new CoatcheckError('passphrase_wrong')),
  })
  assert.equal(await codeOf(await post('/v1/vault/unlock', { passphrase: 'wrong' })), 'passphrase_wrong')
  assert.equal((await post('/v1/vault/unlock', { password: 'x' })).status, 400)
  assert.deepEqual(kinds(), ['vault.unlocked'])
})

test('a passphrase is changed only by whoever knows the present one', async () => {
  const { post, kinds } = setUp()
  const next = 'a new passphrase'
  assert.equal(await codeOf(await post('/v1/vault/passphrase', { next })), 'passphrase_required')
  assert.equal((await post('/v1/vault/passphrase', {})).status, 400)
  assert.deepEqual(kinds(), [])
  assert.equal((await post('/v1/vault/passphrase', { current: 'x', next: null })).status, 200)
  assert.deepEqual(kinds(), ['vault.passphrase-changed'])
})

test('a backup is recorded before it is made, and comes with its length', async () => {
  const { post, services, kinds } = setUp()
  const reply = await post('/v1/backup', {})
  assert.equal(reply.headers.get('content-length'), '3')
  assert.equal(await reply.text(), 'abc')
  assert.deepEqual(kinds(), ['backup.made'])
  services.auditLog.full = true
  assert.equal(await codeOf(await post('/v1/backup', {})), 'audit_unavailable')
})
