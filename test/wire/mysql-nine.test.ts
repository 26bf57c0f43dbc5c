import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { type MysqlNine, startMysqlNine } from '../fixtures/mysql-nine.ts'
import { errorText } from './mysql-client.ts'
import {
  type InsideMysql,
  type MysqlScene,
  openMysqlScene,
  type SecretOptions,
  serverIdentity,
  serverRoot,
} from './mysql-scene.ts'

const program = process.env['COATCHECK_TRY_MYSQL']
const clientProgram = process.env['COATCHECK_TRY_MYSQL_CLIENT']
const skip = program === undefined && 'set COATCHECK_TRY_MYSQL to the mysqld of a MySQL 9'
const skipClient = skip || (clientProgram === undefined && 'set COATCHECK_TRY_MYSQL_CLIENT to the mysql of a MySQL 9')
const canary = makeCanary()
let server: MysqlNine
let scene: MysqlScene
let number = 0

before(async () => {
  if (program === undefined) return
  server = await startMysqlNine(program, serverIdentity(), serverRoot)
  const users = ['app', 'asked'].map((user) => {
    const plugin = user === 'app' ? 'caching_sha2_password' : 'sha256_password'
    return `create user ${user} identified with ${plugin} by '${canary.value}'`
  })
  const grants = ['app', 'asked'].map((user) => `grant all on app.* to ${user}`)
  await server.run('create database app', ...users, ...grants)
  scene = await openMysqlScene(canary, server.port)
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

async function openFor(user: string, inject: SecretOptions['inject'] = {}): Promise<InsideMysql> {
  number += 1
  await scene.store(`secret-${number}`, user, { inject })
  return scene.open(`secret-${number}`)
}

async function whoOf(place: InsideMysql): Promise<string> {
  const connection = await place.connect()
  const [rows] = await connection.query('select current_user() as who, database() as place')
  await connection.end()
  return JSON.stringify(rows)
}

for (const user of ['app', 'asked']) {
  test(`MY-13: MySQL 9 lets ${user} in over TLS, at first, again, and after a restart`, { skip }, async () => {
    const place = await openFor(user)
    const expected = JSON.stringify([{ who: `${user}@%`, place: 'app' }])
    assert.deepEqual([await whoOf(place), await whoOf(place)], [expected, expected])
    await server.restart()
    assert.deepEqual([await whoOf(place), await whoOf(place)], [expected, expected])
  })

  test(`MY-12: MySQL 9 lets ${user} in without TLS by its own key, and not by another`, { skip }, async () => {
    await server.restart()
    for (const inject of [{ tls: 'off' }, { tls: 'off', serverKey: 'a'.repeat(64) }]) {
      const place = await openFor(user, inject)
      const refused = await place.dial()
      assert.match(errorText(await refused.logIn(place.placeholder)), /did not log the broker in/)
    }
    const place = await openFor(user, { tls: 'off', serverKey: server.keyFingerprint })
    assert.equal(await whoOf(place), JSON.stringify([{ who: `${user}@%`, place: 'app' }]))
  })
}

test('MY-04, MY-05: MySQL 9 begins a session anew, and resets one', { skip }, async () => {
  for (const user of ['app', 'asked']) {
    const place = await openFor(user)
    const connection = await place.connect()
    await connection.changeUser({ user: 'root', password: place.placeholder, database: 'app' })
    await connection.reset()
    const [rows] = await connection.execute('select current_user() as who, ? as text', ['x'.repeat(20_000_000)])
    assert.equal((rows as unknown as [{ who: string; text: string }])[0].who, `${user}@%`)
    await assert.rejects(connection.query('set password = "mine"'), { errno: 1227, sqlState: '42000' })
    await assert.rejects(connection.changeUser({ user: 'root', password: canary.value }), { errno: 1045 })
    connection.destroy()
  }
})

test('MySQL 9 refuses to write where a scope reads only', { skip }, async () => {
  await server.run('create table app.kept (id int)')
  const connection = await (await openFor('app', { access: 'read-only' })).connect()
  await assert.rejects(connection.query('insert into kept values (1)'), { errno: 1227 })
  const [rows] = await connection.query('select @@session.transaction_read_only as flag')
  assert.equal(JSON.stringify(rows), '[{"flag":1}]')
  await connection.end()
})

test('the client of MySQL 9 logs in, and is refused in its turn', { skip: skipClient }, async () => {
  const place = await openFor('app')
  const statements = 'select 5;\nshow create user;\nselect current_user();\nkill 1;\nselect 6'
  const run = (...flags: readonly string[]) =>
    runToEnd([clientProgram!, '--no-defaults', '-N', '-B', ...flags, '-e', statements, '-f'], { env: place.env })
  for (const flags of [
    [],
    ['--ssl-mode=DISABLED'],
    ['--ssl-mode=REQUIRED'],
    ['--compression-algorithms=zstd,uncompressed'],
  ]) {
    const { stdout, stderr } = await run('-h', place.env['MYSQL_HOST']!, '-P', place.env['MYSQL_TCP_PORT']!, ...flags)
    assert.deepEqual(stdout.trim().split('\n'), ['5', 'app@%', '6'], stderr)
    assert.equal(stderr.split('ERROR 1227 (42000)').length, 3)
  }
})
