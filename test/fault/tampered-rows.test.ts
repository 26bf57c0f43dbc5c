import assert from 'node:assert/strict'
import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection } from '../wire/client-connection.ts'
import { type Inside, openWorld, type Received, type World } from '../wire/world.ts'

/** Every table whose rows decide where secrets go. */
const tables = ['secrets', 'secret_keys', 'secret_versions', 'sandboxes', 'grants']
const host = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let inside: Inside
let connection: ClientConnection
let database: DatabaseSync

before(async () => {
  origin = await startOrigin({ root, hosts: { [host]: [{ scheme: 'bearer', value: key.value }] } })
})

after(() => origin.close())

/** Everything is closed after the test. */
async function openScene(context: TestContext): Promise<void> {
  context.after(closeScene)
  world = await openWorld()
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope], rotationDays: 30 })
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, labels: { team: 'a' } })
  connection = await openClientConnection(inside, host)
  database = new DatabaseSync(databasePath(), { timeout: 5_000, enableForeignKeyConstraints: false })
  assert.equal((await send()).status, 200)
}

async function closeScene(): Promise<void> {
  if (database.isOpen) database.close()
  connection[Symbol.dispose]()
  await world[Symbol.asyncDispose]()
}

function databasePath(): string {
  return join(world.home, 'data', 'coatcheck.db')
}

/** On a connection that is open, what others change shows within five milliseconds. */
async function send(): Promise<Received> {
  await sleep(10)
  return connection.send({ target: '/json', headers: [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]] })
}

/** Something else of the same type. */
function changed(column: string, value: SQLOutputValue): SQLOutputValue {
  if (value instanceof Uint8Array) return value.map((byte, index) => (index === 0 ? byte ^ 1 : byte))
  if (typeof value === 'number') return value + 1_000
  if (value === null && column === 'port') return 1
  if (value === null) return column.endsWith('_at') ? '2020-01-01T00:00:00.000Z' : 'changed'
  if (column === 'scopes') return String(value).replaceAll(host, 'evil.test')
  if (column === 'allow') return '[{"to":"*"}]'
  if (column.endsWith('_at')) return '2099-01-01T00:00:00.000Z'
  return `${value}x`
}

/** Changes one column of every row, lets `use` see it, and puts it back. */
async function whileChanged(table: string, column: string, use: () => Promise<void>): Promise<void> {
  const rows = database.prepare(`SELECT rowid AS row, ${column} AS value FROM ${table}`).all()
  const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`)
  for (const { row, value } of rows) update.run(changed(column, value!), row!)
  try {
    await use()
  } finally {
    for (const { row, value } of rows) update.run(value!, row!)
  }
}

test('every column of an authority row, changed from outside while the broker runs, stops the next use (SEC-01)', async (context) => {
  await openScene(context)
  for (const table of tables) {
    const columns = database.prepare(`PRAGMA table_info(${table})`).all()
    for (const { name } of columns) {
      await context.test(`${table}.${name}`, async () => {
        const [requests, dials] = [origin.requests.length, origin.dials]
        const known = new Set((await world.events()).map(({ id }) => id))
        await whileChanged(table, String(name), async () => {
          const { status, code } = await send()
          assert.deepEqual([status, code], [503, 'secret_unavailable'])
          assert.deepEqual([origin.requests.length, origin.dials], [requests, dials])
          const fresh = (await world.events()).filter(({ id }) => !known.has(id)).map(({ event }) => event)
          const kinds = fresh.filter(({ code }) => code === 'row_tampered').map(({ kind }) => kind)
          assert.deepEqual(kinds.sort(), ['alarm.raised', 'exchange.refused'])
        })
        // Put back as it was, it serves again from the next change on.
        await world.client.secrets.rotate('api', key.value)
        assert.equal((await send()).status, 200)
      })
    }
  }
})

test('a row that is added, doubled or removed from outside stops the next use (SEC-01)', async (context) => {
  await openScene(context)
  await world.client.secrets.rotate('api', key.value)
  const attempts: readonly (readonly [string, string, string])[] = [
    [
      'a grant of another sandbox',
      `CREATE TEMP TABLE kept AS SELECT * FROM grants;
       UPDATE kept SET id = 'grt_0', sandbox_id = 'sbx_0', placeholder_index = 'x';
       INSERT INTO grants SELECT * FROM kept; DROP TABLE kept`,
      "DELETE FROM grants WHERE id = 'grt_0'",
    ],
    [
      'an older value in the place of the present one',
      `CREATE TEMP TABLE kept AS SELECT rowid AS row, nonce, ciphertext, seal FROM secret_versions;
       UPDATE secret_versions SET (nonce, ciphertext, seal) = (SELECT nonce, ciphertext, seal FROM kept WHERE row = 1)`,
      `UPDATE secret_versions SET (nonce, ciphertext, seal) =
         (SELECT nonce, ciphertext, seal FROM kept WHERE row = secret_versions.rowid);
       DROP TABLE kept`,
    ],
    [
      'the grant taken away',
      'CREATE TEMP TABLE kept AS SELECT * FROM grants; DELETE FROM grants',
      'INSERT INTO grants SELECT * FROM kept; DROP TABLE kept',
    ],
    [
      'a trigger',
      'CREATE TRIGGER evil AFTER INSERT ON secret_usage BEGIN DELETE FROM grants; END',
      'DROP TRIGGER evil',
    ],
  ]
  for (const [what, attack, undo] of attempts) {
    await context.test(what, async () => {
      database.exec(attack)
      const { status, code } = await send()
      assert.deepEqual([status, code], [503, 'secret_unavailable'])
      database.exec(undo)
      assert.equal((await send()).status, 200, 'as it was, it works again')
    })
  }
})

for (const [what, putBack] of [
  ['as another file', (old: string) => renameSync(old, databasePath())],
  ['into the same file', (old: string) => copyFileSync(old, databasePath())],
] as const) {
  test(`an older database put back ${what} under a running broker is refused until an operator confirms it (SEC-01)`, async (context) => {
    await openScene(context)
    // Nothing that is newer than the file may be left in the log beside it.
    const settle = () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    settle()
    const old = join(world.home, 'old.db')
    copyFileSync(databasePath(), old)
    const later: Scope = { to: 'later.service.test', inject: { kind: 'bearer' } }
    await world.client.secrets.create({ name: 'later', value: makeCanary('later-').value, scopes: [later] })
    settle()
    database.close()
    for (const suffix of ['-wal', '-shm']) rmSync(databasePath() + suffix, { force: true })
    putBack(old)

    const dials = origin.dials
    const { status, code } = await send()
    assert.deepEqual([status, code], [503, 'secret_unavailable'])
    assert.equal(origin.dials, dials)
    const recorded = (await world.events()).filter(({ event }) => event.code === 'state_rolled_back')
    assert.deepEqual(recorded.map(({ event }) => event.kind).sort(), ['alarm.raised', 'exchange.refused'])
    assert.equal((await world.client.status()).vault, 'rolled-back')
    await assert.rejects(world.client.secrets.list(), { code: 'state_rolled_back' })

    assert.equal((await world.client.vault.confirmRollback()).vault, 'unlocked')
    assert.equal((await send()).status, 200)
    assert.deepEqual(
      (await world.client.secrets.list()).items.map(({ name }) => name),
      ['api'],
    )
  })
}
