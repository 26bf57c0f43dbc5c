import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { SecretValue } from '../../vault/secret-value.ts'
import { sampleApproval } from '../memory/approval-store.suite.ts'
import { sampleDecoy } from '../memory/decoy-store.suite.ts'
import { sampleProfile } from '../memory/profile-store.suite.ts'
import { sampleProvider } from '../memory/provider-store.suite.ts'
import { sampleGrant, sampleSandbox } from '../memory/sandbox-store.suite.ts'
import { sampleToken } from '../memory/token-store.suite.ts'
import { type AuthorityTable, authorityTables } from './authority-table.ts'
import { createInstallation, type InstallationFolder } from './installation.suite.ts'

const text = 'sk_live_canary_0123456789'
const makeValue = () => new SecretValue(Buffer.from(text))
const newSecret = {
  project: 'default',
  name: 'stripe',
  provider: 'stripe',
  shape: 'sk_live',
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: 30,
  weak: false,
}

/** An installation with a row in every authority table. */
function populate(context: TestContext) {
  const folder = createInstallation(context)
  const { vault, storage, keyRing } = folder.open()
  const secret = vault.create(newSecret, makeValue())
  vault.create({ ...newSecret, name: 'other' }, makeValue())
  const sandbox = sampleSandbox()
  const grant = sampleGrant(sandbox.id, { secretId: secret.id, expiresAt: sandbox.expiresAt })
  storage.sandboxes.create(sandbox, [grant])
  const token = sampleToken()
  storage.tokens.create(token)
  storage.projects.create({ name: 'shop', createdAt: sandbox.createdAt })
  storage.projects.setMember({ project: 'shop', name: 'ann', role: 'auditor', createdAt: sandbox.createdAt })
  storage.providers.create(sampleProvider())
  storage.profiles.save({ project: 'default', profile: sampleProfile() })
  const decoy = sampleDecoy()
  storage.decoys.create(decoy)
  storage.rules.save('default', { default: 'deny', rules: [] })
  storage.caps.set({ project: 'default', on: 'sandbox', owner: sandbox.id }, [
    { unit: 'requests', limit: 1, window: 'day' },
  ])
  const approval = sampleApproval()
  storage.approvals.create(approval)
  const use: Readonly<Record<string, () => unknown>> = {
    secrets: () => vault.get('default', 'stripe'),
    secret_keys: () => vault.reveal(secret.id),
    secret_versions: () => vault.reveal(secret.id),
    sandboxes: () => storage.sandboxes.find(sandbox.id),
    grants: () => storage.sandboxes.findGrantByPlaceholder(grant.placeholderIndex),
    tokens: () => storage.tokens.find(token.id),
    projects: () => storage.projects.find('shop'),
    members: () => storage.projects.findMember('shop', 'ann'),
    providers: () => storage.providers.find('default', 'acme'),
    profiles: () => storage.profiles.find('default', 'checkout'),
    project_rules: () => storage.rules.find('default'),
    decoys: () => storage.decoys.findByPlaceholder(decoy.placeholderIndex),
    approvals: () => storage.approvals.find(approval.id),
    caps: () => storage.caps.of('default', [sandbox.id]),
  }
  return { folder, vault, storage, keyRing, secret, sandbox, grant, use }
}

/** Changes the database as a thief with SQL would. */
function asThief<Result>({ databasePath }: InstallationFolder, act: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(databasePath, { enableForeignKeyConstraints: false })
  try {
    return act(database)
  } finally {
    database.close()
  }
}

const tampered = { code: 'row_tampered' }

for (const table of Object.values<AuthorityTable>(authorityTables)) {
  for (const column of [...table.columns, 'seal']) {
    test(`SEC-01: ${table.name}.${column} changed by SQL is refused by the next use`, (context) => {
      const { folder, use, storage } = populate(context)
      const revision = storage.revision.current()
      asThief(folder, (database) => {
        const first = `SELECT min(rowid) FROM ${table.name}`
        const now = database.prepare(`SELECT ${column} AS cell FROM ${table.name} WHERE rowid = (${first})`).get()?.[
          'cell'
        ]
        const forged =
          now instanceof Uint8Array ? flip(now) : typeof now === 'number' ? now + 1 : now === null ? '2099' : `${now}x`
        database.prepare(`UPDATE ${table.name} SET ${column} = ? WHERE rowid = (${first})`).run(forged)
      })
      assert.throws(use[table.name]!, tampered)
      assert.throws(use[table.name]!, tampered, 'also when it is asked again')
      const { storage: later } = folder.open()
      for (const { current } of [storage.revision, later.revision].map((each) => ({ current: () => each.current() }))) {
        if (column === 'seal') assert.throws(current, tampered)
        else assert.ok(current() > revision, 'what was made from the row before is made again')
      }
    })
  }
}

function flip(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[0]! ^= 1
  return changed
}

test('SEC-01: a scope pointed elsewhere by SQL delivers nothing there', (context) => {
  const { folder, vault, secret } = populate(context)
  asThief(folder, (database) =>
    database.exec("UPDATE secrets SET scopes = replace(scopes, 'api.stripe.com', 'evil.example')"),
  )
  assert.throws(() => vault.find(secret.id), tampered)
  assert.throws(() => vault.reveal(secret.id), tampered)
  assert.throws(() => vault.list('default', 10, null), tampered)
  assert.throws(() => vault.rescope('default', 'stripe', [], undefined), tampered)
  assert.throws(() => folder.open().vault.reveal(secret.id), tampered)
})

test('SEC-01: a row that was deleted, doubled or put in by SQL is noticed by every use', (context) => {
  const doubled = authorityTables.grants.columns.map((column) =>
    column === 'id' || column === 'placeholder_index' ? `${column} || 'x'` : column,
  )
  const attacks = [
    'DELETE FROM grants',
    'DELETE FROM secret_keys WHERE rowid = 2',
    "UPDATE secrets SET seal = (SELECT seal FROM secrets WHERE name = 'other')",
    `INSERT INTO grants SELECT ${[...doubled, 'seal'].join(', ')} FROM grants`,
    'DELETE FROM state',
    'UPDATE state SET revision = revision + 1',
    'UPDATE state SET digest = zeroblob(length(digest))',
  ]
  for (const attack of attacks) {
    const { folder, vault, storage, secret, sandbox } = populate(context)
    asThief(folder, (database) => database.exec(attack))
    for (const open of [{ vault, storage }, folder.open()]) {
      assert.throws(() => open.storage.revision.current(), tampered, attack)
      assert.throws(() => open.vault.reveal(secret.id), tampered, attack)
      assert.throws(() => open.storage.sandboxes.find(sandbox.id), tampered, attack)
      assert.throws(() => open.vault.create({ ...newSecret, name: 'new' }, makeValue()), tampered, attack)
    }
  }
})

test('SEC-01: an ended grant that is put back as it was before is noticed', (context) => {
  const { folder, storage, grant, sandbox } = populate(context)
  const row = asThief(folder, (database) => database.prepare('SELECT * FROM grants').get())
  storage.sandboxes.end([sandbox.id], '2026-11-22T12:00:00.000Z')
  assert.ok(storage.sandboxes.findGrantByPlaceholder(grant.placeholderIndex)?.endedAt)
  asThief(folder, (database) =>
    database
      .prepare('UPDATE grants SET ended_at = NULL, seal = ? WHERE id = ?')
      .run(row?.['seal'] as Uint8Array, grant.id),
  )
  assert.throws(() => storage.sandboxes.findGrantByPlaceholder(grant.placeholderIndex), tampered)
  assert.throws(() => folder.open().storage.sandboxes.findGrantByPlaceholder(grant.placeholderIndex), tampered)
})

test('SEC-01: an older version of a value that is put back is noticed', (context) => {
  const { folder, vault, secret } = populate(context)
  const row = asThief(folder, (database) => database.prepare('SELECT * FROM secrets WHERE id = ?').get(secret.id))
  vault.rotate('default', 'stripe', new SecretValue(Buffer.from('sk_live_second_0123456789')))
  asThief(folder, (database) =>
    database
      .prepare('UPDATE secrets SET version = 1, rotated_at = ?, seal = ? WHERE id = ?')
      .run(row?.['rotated_at'] as string, row?.['seal'] as Uint8Array, secret.id),
  )
  assert.throws(() => vault.reveal(secret.id), tampered)
})

test('SEC-01: triggers and views are noticed', (context) => {
  for (const attack of [
    'CREATE TRIGGER t AFTER INSERT ON grants BEGIN DELETE FROM sandboxes; END',
    'CREATE VIEW v AS SELECT * FROM secrets',
  ]) {
    const { folder, storage } = populate(context)
    asThief(folder, (database) => database.exec(attack))
    assert.throws(() => storage.revision.current(), tampered)
  }
})

test('a file that is no database any more is refused', async (context) => {
  const { writeFileSync } = await import('node:fs')
  const { folder, storage } = populate(context)
  storage.close()
  writeFileSync(folder.databasePath, 'x'.repeat(8_192))
  assert.throws(() => folder.open(), { code: 'storage_damaged' })
})

test('a row that was changed by SQL can be deleted and made again, and harms no other', (context) => {
  const { folder, vault } = populate(context)
  asThief(folder, (database) => database.exec("UPDATE secrets SET scopes = '[]' WHERE name = 'stripe'"))
  assert.throws(() => vault.get('default', 'stripe'), tampered)
  assert.equal(vault.get('default', 'other').name, 'other')
  vault.delete('default', 'stripe')
  const made = vault.create(newSecret, makeValue())
  vault.reveal(made.id).value[Symbol.dispose]()
})

test('after rows were deleted, an operator can take what is left for the present state', (context) => {
  const { folder, vault, storage, secret } = populate(context)
  asThief(folder, (database) => {
    database.exec('DELETE FROM grants')
    database.exec("UPDATE secrets SET scopes = '[]' WHERE name = 'other'")
  })
  assert.throws(() => vault.reveal(secret.id), tampered)
  storage.confirmRollback()
  vault.reveal(secret.id).value[Symbol.dispose]()
  assert.throws(() => vault.get('default', 'other'), tampered, 'a forged row stays refused')
})

test('while the vault is locked, metadata is shown and nothing decides', (context) => {
  const { folder, vault, storage, sandbox, grant, secret } = populate(context)
  vault.lock()
  const later = folder.open()
  assert.equal(later.vault.state, 'locked')
  for (const open of [{ vault, storage }, later]) {
    assert.deepEqual(open.vault.get('default', 'stripe'), secret)
    const refused = [
      () => open.storage.revision.current(),
      () => open.storage.sandboxes.find(sandbox.id),
      () => open.storage.sandboxes.grantsOf(sandbox.id),
      () => open.storage.sandboxes.findGrantByPlaceholder(grant.placeholderIndex),
      () => open.storage.sandboxes.end([sandbox.id], '2026-11-22T12:00:00.000Z'),
      () => open.vault.reveal(secret.id),
      () => open.vault.delete('default', 'stripe'),
    ]
    for (const attempt of refused) assert.throws(attempt, { code: 'vault_locked' })
  }
  later.vault.unlock()
  later.vault.reveal(secret.id).value[Symbol.dispose]()
})
