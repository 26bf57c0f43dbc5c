import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { freePort } from '../fixtures/free-port.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { openPostgresScene, type PostgresScene } from './postgres-scene.ts'

const skip = skipWithout('PostgreSQL', 'psql')
let scene: PostgresScene
/** As a client finds it in `DATABASE_URL`. */
let url = ''

before(async () => {
  if (skip !== false) return
  const listen = { host: '127.0.0.1', port: await freePort() }
  scene = await openPostgresScene(undefined, undefined, { proxy: { listen } })
  await scene.store('db', 'app')
  const sandbox = await scene.world.client.sandboxes.create({ secrets: { DATABASE_URL: 'db' } })
  url = sandbox.connect.env['DATABASE_URL']!
  scene.server.query('create table made (id int primary key, name text); grant all on made to app', 'app')
})

after(() => scene?.[Symbol.asyncDispose]())

/** What postgres.js does with the URL as it is, on one connection unless more are asked for. */
function connect(max = 1) {
  return postgres(url, { max, onnotice: () => {} })
}

test('pg: prepared statements, parameters, transactions and errors', { skip }, async () => {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const value of [1, 2]) {
    const { rows } = await client.query({ name: 'twice', text: 'select $1::int * 2 as twice', values: [value] })
    assert.deepEqual(rows, [{ twice: value * 2 }])
  }
  await client.query('begin')
  await client.query('insert into made values ($1, $2)', [1, 'one'])
  await assert.rejects(client.query('insert into made values ($1, $2)', [1, 'again']), { code: '23505' })
  await client.query('rollback')
  assert.deepEqual((await client.query('select count(*)::int as n from made')).rows, [{ n: 0 }])
  await client.end()
})

test('pg: LISTEN and NOTIFY, and a pool of ten', { skip }, async () => {
  const pool = new Pool({ connectionString: url, max: 10 })
  const listener = await pool.connect()
  await listener.query('listen news')
  const heard = once(listener, 'notification')
  const rows = await Promise.all(Array.from({ length: 30 }, (_, index) => pool.query('select $1::int as n', [index])))
  assert.deepEqual(
    rows.map((result) => result.rows[0].n),
    Array.from({ length: 30 }, (_, index) => index),
  )
  await pool.query("notify news, 'it works'")
  assert.equal((await heard)[0].payload, 'it works')
  listener.release()
  await pool.end()
})

test('postgres.js: a pipeline of 200 on one connection, prepared, in its order', { skip }, async () => {
  await using sql = disposable(connect())
  const rows = await Promise.all(Array.from({ length: 200 }, (_, index) => sql.use`select ${index}::int as n`))
  assert.deepEqual(
    rows.map(([row]) => row!['n']),
    Array.from({ length: 200 }, (_, index) => index),
  )
})

test('postgres.js: transactions with savepoints', { skip }, async () => {
  await using sql = disposable(connect())
  await sql.use.begin(async (all) => {
    await all`insert into made values (10, 'ten')`
    await all
      .savepoint(async (part) => {
        await part`insert into made values (10, 'twice')`
      })
      .catch((error: { code: string }) => assert.equal(error.code, '23505'))
  })
  assert.deepEqual([...(await sql.use`delete from made where id = 10 returning name`)], [{ name: 'ten' }])
})

test('PG-14: postgres.js copies in and out, 100,000 rows', { skip }, async () => {
  await using sql = disposable(connect())
  const lines = Array.from({ length: 100_000 }, (_, index) => `${index + 1000}\trow ${index}\n`)
  await pipeline(Readable.from(lines), await sql.use`copy made from stdin`.writable())
  let count = 0
  for await (const chunk of await sql.use`copy made to stdout`.readable()) count += String(chunk).split('\n').length - 1
  assert.equal(count, 100_000)
  await sql.use`truncate made`
})

test('PG-03: postgres.js cancels a statement, and its connection goes on', { skip }, async () => {
  await using sql = disposable(connect())
  const running = sql.use`select pg_sleep(60)`
  void running.execute()
  await poll(
    () => scene.server.query("select 1 from pg_stat_activity where query like 'select pg_sleep%'") || undefined,
  )
  running.cancel()
  await assert.rejects(running, { code: '57014' })
  assert.deepEqual([...(await sql.use`select 1 as one`)], [{ one: 1 }])
})

test('PG-14: postgres.js listens on a connection of its own', { skip }, async () => {
  await using sql = disposable(connect(2))
  const { promise, resolve } = Promise.withResolvers<string>()
  await sql.use.listen('jobs', resolve)
  await sql.use.notify('jobs', 'one more')
  assert.equal(await promise, 'one more')
})

test('a pool that logs in with the real password is told no', { skip }, async () => {
  const client = new Client({ connectionString: url.replace(/:[^:@]+@/, `:${scene.canary.value}@`) })
  await assert.rejects(client.connect(), { code: '28P01' })
})

function disposable(use: ReturnType<typeof connect>) {
  return { use, [Symbol.asyncDispose]: () => use.end({ timeout: 1 }) }
}
