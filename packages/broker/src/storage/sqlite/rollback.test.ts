import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { fixedKey } from '../../vault/fixed-key.suite.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { sampleSandbox } from '../memory/sandbox-store.suite.ts'
import { createInstallation, type InstallationFolder } from './installation.suite.ts'

const rolledBack = { code: 'state_rolled_back' }
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

/** An installation with one secret, and a copy of its database from before the secret was rotated. */
function makeBackup(context: TestContext) {
  const folder = createInstallation(context)
  const { vault, storage } = folder.open()
  const secret = vault.create(newSecret, makeValue('old'))
  storage.close()
  const backup = `${folder.databasePath}-backup`
  copyFileSync(folder.databasePath, backup)
  const current = folder.open()
  current.vault.rotate('default', 'stripe', makeValue('new'))
  return { folder, backup, current, secret }
}

function putBack({ databasePath }: InstallationFolder, backup: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(databasePath + suffix, { force: true })
  copyFileSync(backup, databasePath)
}

test('SEC-01: an older database put back is refused on every use, until an operator confirms', (context) => {
  const { folder, backup, current, secret } = makeBackup(context)
  current.storage.close()
  putBack(folder, backup)
  const { vault, storage } = folder.open()
  const sandbox = sampleSandbox()
  const uses = [
    () => storage.revision.current(),
    () => vault.reveal(secret.id),
    () => vault.get('default', 'stripe'),
    () => vault.list('default', 10, null),
    () => vault.create({ ...newSecret, name: 'other' }, makeValue('x')),
    () => vault.delete('default', 'stripe'),
    () => storage.sandboxes.create(sandbox, []),
    () => storage.sandboxes.find(sandbox.id),
  ]
  for (const use of [...uses, ...uses]) assert.throws(use, rolledBack)
  assert.throws(() => folder.open().vault.reveal(secret.id), rolledBack)
  storage.confirmRollback()
  using value = vault.reveal(secret.id).value
  assert.match(
    value.use((bytes) => Buffer.from(bytes).toString()),
    /^old/,
  )
  const revision = storage.revision.current()
  assert.equal(folder.open().storage.revision.current(), revision)
})

test('SEC-01, V5: an older database that is opened destroys no share of a secret that it does not know', (context) => {
  const { folder, backup, current } = makeBackup(context)
  const { id } = current.vault.create({ ...newSecret, name: 'later' }, makeValue('later'))
  current.storage.close()
  const present = `${folder.databasePath}-present`
  copyFileSync(folder.databasePath, present)
  // As a process leaves it that dies in the middle of a deletion.
  const share = join(folder.sharesPath, id)
  renameSync(share, `${share}.erased`)
  putBack(folder, backup)
  const older = folder.open()
  assert.throws(() => older.storage.revision.current(), rolledBack)
  older.storage.close()
  putBack(folder, present)
  using value = folder.open().vault.reveal(id).value
  assert.match(
    value.use((bytes) => Buffer.from(bytes).toString()),
    /^later/,
  )
  assert.ok(existsSync(share) && !existsSync(`${share}.erased`))
})

test('SEC-01: the database that a confirmed one replaced is refused as well', (context) => {
  const { folder, backup, current, secret } = makeBackup(context)
  current.storage.close()
  copyFileSync(folder.databasePath, `${backup}-newer`)
  putBack(folder, backup)
  const confirmed = folder.open()
  confirmed.storage.confirmRollback()
  confirmed.storage.close()
  putBack(folder, `${backup}-newer`)
  assert.throws(() => folder.open().vault.reveal(secret.id), rolledBack)
})

for (const [way, replace] of [
  ['renamed over', renameSync],
  ['copied over', copyFileSync],
] as const) {
  test(`SEC-01: an older database ${way} an open one is refused`, (context) => {
    const { folder, backup, current, secret } = makeBackup(context)
    emptyLog(folder)
    current.vault.reveal(secret.id).value[Symbol.dispose]()
    replace(backup, folder.databasePath)
    assert.throws(() => current.vault.reveal(secret.id), rolledBack)
    assert.throws(() => current.storage.revision.current(), rolledBack)
  })
}

/** Has the log moved into the database, as SQLite does by itself now and then. */
function emptyLog({ databasePath }: InstallationFolder): void {
  const database = new DatabaseSync(databasePath)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

test('SEC-01: a database that was deleted is not quietly begun anew', (context) => {
  const { folder, current } = makeBackup(context)
  for (const suffix of ['', '-wal', '-shm']) rmSync(folder.databasePath + suffix, { force: true })
  assert.throws(() => current.vault.list('default', 10, null), rolledBack)
  const later = folder.open()
  assert.throws(() => later.vault.create(newSecret, makeValue('x')), rolledBack)
  later.storage.confirmRollback()
  later.vault.create(newSecret, makeValue('x'))
})

test('SEC-01: without its high-water mark, or with a foreign one, a database is refused until an operator confirms', (context) => {
  const other = createInstallation(context)
  other.open().vault.create(newSecret, makeValue('x'))
  const marks = [undefined, '', '1 x y\n', readFileSync(other.highWaterPath, 'latin1')]
  for (const mark of marks) {
    const { folder, current, secret } = makeBackup(context)
    current.storage.close()
    if (mark === undefined) rmSync(folder.highWaterPath)
    else writeFileSync(folder.highWaterPath, mark)
    const { vault, storage } = folder.open()
    assert.throws(() => vault.reveal(secret.id), rolledBack)
    assert.throws(() => vault.rotate('default', 'stripe', makeValue('x')), rolledBack)
    storage.confirmRollback()
    vault.reveal(secret.id).value[Symbol.dispose]()
    vault.rotate('default', 'stripe', makeValue('x'))
  }
})

test('a database whose mark is one change behind, as after a sudden death, is taken and the mark is raised', (context) => {
  const { folder, current, secret } = makeBackup(context)
  const behind = readFileSync(folder.highWaterPath)
  current.vault.rotate('default', 'stripe', makeValue('newest'))
  const expected = readFileSync(folder.highWaterPath, 'latin1')
  current.storage.close()
  writeFileSync(folder.highWaterPath, behind)
  folder.open().vault.reveal(secret.id).value[Symbol.dispose]()
  assert.equal(readFileSync(folder.highWaterPath, 'latin1'), expected)
})

test('a sudden death before the first mark leaves a database that opens', (context) => {
  const folder = createInstallation(context)
  const { storage } = folder.open()
  assert.equal(storage.revision.current(), 1)
  storage.close()
  rmSync(folder.highWaterPath)
  const later = folder.open()
  assert.equal(later.storage.revision.current(), 1)
  assert.ok(existsSync(folder.highWaterPath))
  later.vault.create(newSecret, makeValue('x'))
})

test('a database that another key wrote is refused with that reason, and confirming does not help', async (context) => {
  const { KeyRing } = await import('../../vault/key-ring.ts')
  const { openStorage } = await import('./open-storage.ts')
  const { folder, current } = makeBackup(context)
  current.storage.close()
  const keyRing = new KeyRing(fixedKey(0))
  const storage = openStorage({ ...folder, keyRing })
  assert.throws(() => storage.revision.current(), { code: 'key_unusable' })
  assert.throws(() => storage.confirmRollback(), { code: 'key_unusable' })
  assert.throws(() => storage.sandboxes.create(sampleSandbox(), []), { code: 'key_unusable' })
  storage.close()
})
