import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { SecretValue } from '../../vault/secret-value.ts'
import { sampleGrant, sampleSandbox } from '../memory/sandbox-store.suite.ts'
import { Database } from './database.ts'
import { createInstallation, type InstallationFolder } from './installation.suite.ts'

const text = 'sk_live_canary_Zq4v9w2xK7'
const newSecret = {
  project: 'default',
  name: 'stripe',
  provider: 'stripe',
  shape: null,
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: null,
  weak: false,
}
const makeValue = (value: string) => new SecretValue(Buffer.from(value))

/** Every file of an installation, by its path. */
function filesOf({ root }: InstallationFolder): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]))
}

function assertAbsent(folder: InstallationFolder, needles: readonly Buffer[]): void {
  for (const [path, bytes] of filesOf(folder)) {
    for (const needle of needles) assert.ok(!bytes.includes(needle), `${path} holds it`)
  }
}

/** A value as it might have been written down. */
function formsOf(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value)
  const shifted = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, -4))
  const forms = [value, value.toUpperCase(), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...shifted]
  return [...forms.map((form) => Buffer.from(form)), Buffer.from(value, 'utf16le'), Buffer.from(value).reverse()]
}

function rowsOf({ databasePath }: InstallationFolder, table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(databasePath, { readOnly: true })
  try {
    return database.prepare(`SELECT * FROM ${table}`).all()
  } finally {
    database.close()
  }
}

test('V1, V6: no byte of the installation shows a value, in whatever form, whatever was done with it', (context) => {
  const folder = createInstallation(context)
  const { vault, storage } = folder.open()
  const second = 'sk_live_canary_second_Hg6t'
  const { id } = vault.create(newSecret, makeValue(text))
  vault.rotate('default', 'stripe', makeValue(second))
  vault.rescope(
    'default',
    'stripe',
    [...newSecret.scopes, { to: 'b.stripe.com', inject: { kind: 'bearer' } }],
    makeValue(second),
  )
  vault.reveal(id).value[Symbol.dispose]()
  assert.throws(() => vault.create({ ...newSecret, name: 'short' }, makeValue('short-canary')), { code: 'secret_weak' })
  const needles = [text, second, 'short-canary'].flatMap(formsOf)
  assertAbsent(folder, needles)
  vault.lock()
  storage.close()
  assertAbsent(folder, needles)
})

test('neither a placeholder nor a key is there in clear', (context) => {
  const folder = createInstallation(context)
  const { storage, keyRing } = folder.open()
  const sandbox = sampleSandbox()
  const placeholder = 'sk_live_placeholder_Bd8s3f'
  const placeholderSealed = keyRing.sealPlaceholder(placeholder, 'grant')
  const placeholderIndex = keyRing.indexPlaceholder(placeholder)
  storage.sandboxes.create(sandbox, [sampleGrant(sandbox.id, { placeholderIndex, placeholderSealed })])
  assertAbsent(folder, formsOf(placeholder))
  const key =
    readFileSync(join(folder.root, 'keys', 'key'), 'latin1')
      .trim()
      .split(':')[1] ?? ''
  for (const [path, bytes] of filesOf(folder)) {
    if (path.endsWith('/key')) continue
    for (const form of [key, Buffer.from(key, 'hex').toString('latin1')])
      assert.ok(!bytes.includes(form, 'latin1'), path)
  }
})

test('V5: after a deletion no file holds a ciphertext or the wrapped key', (context) => {
  const folder = createInstallation(context)
  const { vault, storage } = folder.open()
  for (let count = 0; count < 20; count++) {
    const name = `secret-${count}`
    vault.create({ ...newSecret, name }, makeValue(text.padEnd(20 + 400 * (count % 5), 'x')))
    vault.rotate('default', name, makeValue(`${text}-second`))
  }
  const erased: Buffer[] = []
  for (let count = 0; count < 20; count += 2) {
    const { id } = vault.get('default', `secret-${count}`)
    const records = [...rowsOf(folder, 'secret_keys'), ...rowsOf(folder, 'secret_versions')]
    const mine = records.filter((record) => record['secret_id'] === id)
    assert.equal(mine.length, 3)
    for (const record of mine)
      erased.push(...slicesOf(record['ciphertext'] as Uint8Array), Buffer.from(record['nonce'] as Uint8Array))
  }
  const held = Buffer.concat([...filesOf(folder).values()])
  assert.ok(
    erased.every((slice) => held.includes(slice)),
    'what is looked for was there',
  )
  for (let count = 0; count < 20; count += 2) vault.delete('default', `secret-${count}`)
  assertAbsent(folder, erased)
  assert.equal(vault.list('default', 100, null).length, 10)
  storage.close()
  assertAbsent(folder, erased)
})

/** Pieces, so that a part of what was overwritten is found as well. */
function slicesOf(bytes: Uint8Array): Buffer[] {
  const slices: Buffer[] = []
  for (let start = 0; start + 16 <= bytes.length; start += 16)
    slices.push(Buffer.from(bytes.subarray(start, start + 16)))
  return slices
}

test('R-98: every file has mode 0600 and every folder 0700, whatever the umask', (context) => {
  const umask = process.umask(0)
  try {
    const folder = createInstallation(context)
    const { vault, storage } = folder.open()
    const checkModes = () => {
      for (const path of filesOf(folder).keys()) assert.equal(statSync(path).mode & 0o777, 0o600, path)
      for (const name of ['data', 'keys']) assert.equal(statSync(join(folder.root, name)).mode & 0o777, 0o700)
    }
    vault.create(newSecret, makeValue(text))
    for (const suffix of ['', '-wal', '-shm']) assert.ok(existsSync(folder.databasePath + suffix), suffix)
    checkModes()
    vault.delete('default', 'stripe')
    vault.lock()
    checkModes()
    storage.close()
    checkModes()
    chmodSync(folder.databasePath, 0o644)
    folder.open()
    checkModes()
  } finally {
    process.umask(umask)
  }
})

function makeFolder(context: TestContext): InstallationFolder {
  const folder = createInstallation(context)
  mkdirSync(dirname(folder.databasePath), { mode: 0o700 })
  return folder
}

test('R-98: a database in a folder that is open to others, or behind a link, is refused', (context) => {
  const folder = makeFolder(context)
  chmodSync(dirname(folder.databasePath), 0o755)
  assert.throws(() => folder.open(), { code: 'storage_unavailable' })
  chmodSync(dirname(folder.databasePath), 0o700)
  writeFileSync(join(folder.root, 'elsewhere'), '')
  symlinkSync(join(folder.root, 'elsewhere'), folder.databasePath)
  assert.throws(() => folder.open(), { code: 'storage_unavailable' })
})

test('a database of a newer version is refused and left as it is', (context) => {
  const folder = createInstallation(context)
  folder.open().storage.close()
  const database = new DatabaseSync(folder.databasePath)
  database.exec('PRAGMA user_version = 99')
  database.close()
  const before = readFileSync(folder.databasePath)
  assert.throws(() => folder.open(), { code: 'storage_newer' })
  assert.deepEqual(readFileSync(folder.databasePath), before)
})

test('the database is written through to the disk, overwrites what is deleted, and minds references', (context) => {
  const database = new Database(createInstallation(context).databasePath)
  const settings = { journal_mode: 'wal', synchronous: 2, secure_delete: 1, foreign_keys: 1, trusted_schema: 0 }
  for (const [name, value] of Object.entries(settings)) {
    assert.equal(database.prepare(`PRAGMA ${name}`).get()?.[name], value, name)
  }
  database.close()
})

test('the last use is written when the storage is closed, and an odd one is not shown', (context) => {
  const folder = createInstallation(context)
  const { vault, storage } = folder.open()
  const { id } = vault.create(newSecret, makeValue(text))
  const revision = storage.revision.current()
  vault.reveal(id).value[Symbol.dispose]()
  const usedAt = vault.lastUsedAt(id)
  storage.close()
  const later = folder.open()
  assert.equal(later.vault.lastUsedAt(id), usedAt)
  assert.equal(later.storage.revision.current(), revision, 'a use is no change of authority')
  const database = new DatabaseSync(folder.databasePath)
  database.exec("UPDATE secret_usage SET used_at = char(27) || '[2J'")
  database.close()
  assert.equal(later.vault.lastUsedAt(id), null)
})
