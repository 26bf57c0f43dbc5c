import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Secret } from '../../vault/secret.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { SharedCredentials } from '../../vault/shared-credentials.ts'
import { createInstallation, type Installation, type InstallationFolder } from './installation.suite.ts'

const project = 'default'
const token = 'an-access-token-that-stands-nowhere-in-a-file'

interface Desk {
  readonly installation: Installation
  readonly shared: SharedCredentials
  put(secret: Secret, derivation: string, untilMs?: number): void
  find(secret: Secret, derivation: string): string | undefined
}

function openDesk(folder: InstallationFolder): Desk {
  const installation = folder.open()
  const { keyRing, storage } = installation
  const { clock, derived, secrets } = storage
  const shared = new SharedCredentials({ clock, keyRing, secrets, store: derived })
  return {
    installation,
    shared,
    put(secret, derivation, untilMs = Date.now() + 60_000) {
      using value = new SecretValue(Buffer.from(token))
      shared.put(secret, derivation, { value, untilMs })
    },
    find(secret, derivation) {
      using value = shared.find(secret, derivation)?.value
      return value?.use((bytes) => Buffer.from(bytes).toString())
    },
  }
}

function create({ vault }: Installation, name = 'key'): Secret {
  using value = new SecretValue(Buffer.from('a-client-secret-of-some-length'))
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  return vault.create({ project, name, provider: null, shape: null, scopes, rotationDays: null, weak: false }, value)
}

function openScene(context: TestContext): { folder: InstallationFolder; desk: Desk; secret: Secret } {
  const folder = createInstallation(context)
  const desk = openDesk(folder)
  return { folder, desk, secret: create(desk.installation) }
}

/** Changes rows as somebody does who can write to the file and has no key. */
function tamper({ databasePath }: InstallationFolder, sql: string): void {
  using database = new DatabaseSync(databasePath)
  database.exec(sql)
}

test('AC-5.1: what one process made from a secret, another one finds, for the derivation that it was made by', (context) => {
  const { folder, desk, secret } = openScene(context)
  desk.put(secret, 'one')
  const other = openDesk(folder)
  assert.equal(other.find(secret, 'one'), token)
  assert.equal(other.find(secret, 'another'), undefined)
  assert.equal(other.find(create(other.installation, 'other'), 'one'), undefined)
})

test('what was made takes the place of what was made before, and what ended is gone', (context) => {
  const { folder, desk, secret } = openScene(context)
  desk.put(secret, 'one', Date.now() - 1)
  assert.equal(desk.find(secret, 'one'), undefined)
  desk.put(secret, 'two')
  desk.put(secret, 'two')
  using database = new DatabaseSync(folder.databasePath)
  const rows = database.prepare('SELECT derivation FROM derived_credentials').all()
  assert.deepEqual(
    rows.map(({ derivation }) => derivation),
    ['two'],
  )
})

test('R-57: nothing is found that was made from another version of the secret', (context) => {
  const { desk, secret } = openScene(context)
  desk.put(secret, 'one')
  using value = new SecretValue(Buffer.from('another-client-secret-of-some-length'))
  const rotated = desk.installation.vault.rotate(project, 'key', value)
  assert.equal(desk.find(rotated, 'one'), undefined)
})

test('V6: what was made is not in the files, and goes with its secret', (context) => {
  const { folder, desk, secret } = openScene(context)
  desk.put(secret, 'one')
  for (const suffix of ['', '-wal']) assert.ok(!readFileSync(folder.databasePath + suffix).includes(token))
  desk.installation.vault.delete(project, 'key')
  desk.put(secret, 'one')
  using database = new DatabaseSync(folder.databasePath)
  assert.equal(database.prepare('SELECT count(*) AS n FROM derived_credentials').get()?.['n'], 0)
})

for (const [what, sql] of [
  ['made good for longer', 'UPDATE derived_credentials SET until_ms = until_ms + 1'],
  ['given to another derivation', "UPDATE derived_credentials SET derivation = 'one' WHERE derivation = 'two'"],
  ['cut off', 'UPDATE derived_credentials SET ciphertext = substr(ciphertext, 2)'],
  ['without its nonce', "UPDATE derived_credentials SET nonce = x''"],
] as const) {
  test(`V6: a credential that somebody has ${what} is none`, (context) => {
    const { folder, desk, secret } = openScene(context)
    desk.put(secret, what === 'given to another derivation' ? 'two' : 'one')
    tamper(folder, sql)
    assert.equal(desk.find(secret, 'one'), undefined)
  })
}

test('W8: a locked vault neither takes nor gives what was made', (context) => {
  const { desk, secret } = openScene(context)
  desk.put(secret, 'one')
  desk.installation.vault.lock()
  assert.throws(() => desk.find(secret, 'one'), { code: 'vault_locked' })
  assert.throws(() => desk.put(secret, 'one'), { code: 'vault_locked' })
})

test('V6: what was made is found after the key was rotated', async (context) => {
  const { desk, secret } = openScene(context)
  desk.put(secret, 'one')
  await desk.installation.custody.rotate(() => {})
  assert.equal(desk.find(secret, 'one'), token)
})
