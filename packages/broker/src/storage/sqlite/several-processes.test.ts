import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../foundation/clock.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { sampleGrant, sampleSandbox } from '../memory/sandbox-store.suite.ts'
import { createInstallation } from './installation.suite.ts'

const newSecret = {
  project: 'default',
  name: 'stripe',
  provider: null,
  shape: null,
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: null,
  weak: false,
}
const makeValue = (text: string) => new SecretValue(Buffer.from(text.padEnd(20, '0')))

test('what one process changes, another sees on its next use, and its revision grows', (context) => {
  const folder = createInstallation(context)
  const [first, second] = [folder.open(), folder.open()]
  const { id } = first.vault.create(newSecret, makeValue('one'))
  let revision = second.storage.revision.current()
  const changes = [
    () => first.vault.rotate('default', 'stripe', makeValue('two')),
    () => first.vault.rescope('default', 'stripe', [], undefined),
    () => first.storage.sandboxes.create(sampleSandbox({ id: 'sbx_1' }), [sampleGrant('sbx_1', { secretId: id })]),
    () => first.storage.sandboxes.endGrantsOf(id, '2026-11-22T12:00:00.000Z'),
    () => first.storage.sandboxes.end(['sbx_1'], '2026-11-22T12:00:00.000Z'),
    () => first.vault.delete('default', 'stripe'),
  ]
  for (const change of changes) {
    change()
    const next = second.storage.revision.current()
    assert.ok(next > revision)
    assert.equal(first.storage.revision.current(), next)
    assert.equal(second.storage.revision.current(), next)
    revision = next
  }
  assert.equal(second.vault.find(id), undefined)
  assert.ok(second.storage.sandboxes.find('sbx_1')?.endedAt)
})

test('R-14: a value that was rotated or deleted by another process is never revealed again', (context) => {
  const folder = createInstallation(context)
  const [first, second] = [folder.open(), folder.open()]
  const { id } = first.vault.create(newSecret, makeValue('one'))
  second.vault.reveal(id).value[Symbol.dispose]()
  first.vault.rotate('default', 'stripe', makeValue('two'))
  const { value, version } = second.vault.reveal(id)
  assert.equal(version, 2)
  assert.match(
    value.use((bytes) => Buffer.from(bytes).toString()),
    /^two/,
  )
  first.vault.delete('default', 'stripe')
  first.vault.create(newSecret, makeValue('three'))
  assert.throws(() => second.vault.reveal(id), { code: 'secret_not_found' })
})

test('changes of several processes in turn all last', (context) => {
  const folder = createInstallation(context)
  const processes = [folder.open(), folder.open(), folder.open()]
  for (let count = 0; count < 12; count++) {
    processes[count % 3]!.vault.create({ ...newSecret, name: `s${String(count).padStart(2, '0')}` }, makeValue('one'))
  }
  for (const { vault, storage } of processes) {
    assert.equal(vault.list('default', 100, null).length, 12)
    assert.equal(storage.revision.current(), processes[0]!.storage.revision.current())
  }
  assert.throws(() => processes[1]!.vault.create({ ...newSecret, name: 's00' }, makeValue('x')), {
    code: 'secret_exists',
  })
  assert.equal(folder.open().vault.list('default', 100, null).length, 12)
})

test('a read changes no revision, nor does what comes to nothing', (context) => {
  const folder = createInstallation(context)
  const { vault, storage } = folder.open()
  const { id } = vault.create(newSecret, makeValue('one'))
  const revision = storage.revision.current()
  vault.reveal(id).value[Symbol.dispose]()
  vault.list('default', 10, null)
  storage.sandboxes.end(['sbx_none'], '2026-11-22T12:00:00.000Z')
  assert.throws(() => vault.create(newSecret, makeValue('one')), { code: 'secret_exists' })
  assert.equal(storage.revision.current(), revision)
})

test('SEC-14: the clock’s mark is kept with every change, and a restart with the clock set back does not go behind it', (context) => {
  const folder = createInstallation(context)
  const at = (instant: string): Clock => ({ now: () => new Date(instant), monotonicMs: () => 0 })
  const { storage } = folder.open(at('2026-11-22T12:00:00.000Z'))
  storage.sandboxes.create(sampleSandbox({ expiresAt: '2026-11-22T11:30:00.000Z' }), [])
  // No close: the process died here.
  const later = folder.open(at('2026-11-22T11:00:00.000Z'))
  assert.equal(later.storage.clock.now().toISOString(), '2026-11-22T12:00:00.000Z')
  assert.throws(() => later.storage.clock.assertSane(), { code: 'clock_jumped' })
  const expired = later.storage.sandboxes
    .list('default', 10, null)
    .filter(({ expiresAt }) => expiresAt <= later.storage.clock.now().toISOString())
  assert.equal(expired.length, 1)
})
