import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import type { MysqlServer } from '../fixtures/mysql-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { command, errorText, type MysqlClient, proof, say } from './mysql-client.ts'
import { databaseHost, type InsideMysql, type MysqlScene, openMysqlScene, startUsers } from './mysql-scene.ts'
import { MysqlStandIn } from './mysql-stand-in.ts'
import { poll } from './poll.ts'

const skip = skipWithout('MariaDB', 'mariadb')
const canary = makeCanary()
let server: MysqlServer
let scene: MysqlScene
let db: InsideMysql
let curve: InsideMysql
let reader: InsideMysql

before(async () => {
  if (skip !== false) return
  server = await startUsers(canary)
  scene = await openMysqlScene(canary, server.port)
  await scene.store('db', 'app')
  await scene.store('curve', 'curve')
  await scene.store('reader', 'app', { inject: { access: 'read-only' } })
  db = await scene.open('db')
  curve = await scene.open('curve')
  reader = await scene.open('reader')
  server.query('create table app.kept (id int primary key) engine=innodb')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

async function loggedIn(place = db): Promise<MysqlClient> {
  const client = await place.dial()
  assert.equal((await client.logIn(place.placeholder)).body[0], 0)
  return client
}

async function refusals(code: string): Promise<readonly string[]> {
  const found = (await scene.world.events()).filter(({ event }) => event.code === code)
  return found.map(({ event }) => event.note ?? '')
}

/** A wish to become another user. */
function changeUser(user: string, database: string): Buffer {
  const charset = Buffer.of(45, 0)
  return Buffer.concat([
    Buffer.from(`${user}\0`),
    Buffer.of(0),
    Buffer.from(`${database}\0`),
    charset,
    Buffer.from('mysql_native_password\0'),
  ])
}

/** Says a wish to become another user, and answers what it is asked. */
async function change(client: MysqlClient, user: string, database: string, password: string) {
  const { body, sequence } = await client.command(0x11, changeUser(user, database))
  assert.equal(body[0], 0xfe)
  const nonce = body.subarray(body.indexOf(0) + 1, -1)
  client.socket.write(say(sequence + 1, proof('mysql_native_password', password, nonce)))
  return client.settled()
}

test('MY-04: a session is begun anew by the placeholder, whatever user is asked for', { skip }, async () => {
  for (const place of [db, curve]) {
    const client = await loggedIn(place)
    await client.command(3, 'set @mine = 1')
    const ok = await change(client, 'root', 'app', place.placeholder)
    assert.deepEqual([ok.sequence, ok.body[0]], [3, 0])
    assert.match(
      await client.value("select concat(user(), ' ', database(), ' ', @mine is null)"),
      /^(?:app|curve)@\S+ app 1$/,
    )
    assert.equal((await change(client, 'root', '', place.placeholder)).body[0], 0)
    assert.equal(await client.value('select database()'), 'app')
    client.socket.destroy()
  }
})

test('MY-04: mysql2 begins a session anew', { skip }, async () => {
  for (const place of [db, curve]) {
    const connection = await place.connect()
    for (const database of ['app', undefined]) {
      await connection.changeUser({ user: 'somebody', password: place.placeholder, ...(database && { database }) })
      const [rows] = await connection.query('select 9 as nine')
      assert.equal(JSON.stringify(rows), '[{"nine":9}]')
    }
    await connection.end()
  }
})

test('MY-04, CO-02: a guess ends the session, and the service does not hear of it', { skip }, async () => {
  for (const password of ['guess', '', canary.value]) {
    const client = await loggedIn()
    const refused = await change(client, 'app', 'app', password)
    assert.match(errorText(refused), /^1045 #28000coatcheck: the password is not the placeholder/)
    await client.closed()
  }
  assert.doesNotMatch(server.log(), /Access denied for user '(?:app|root)'/)
})

test('MY-04: a wish in the middle of an answer ends the session, whatever the answer looks like', {
  skip,
}, async () => {
  const client = await loggedIn()
  // A first column that is empty makes a row look like the word that all is well.
  client.socket.write(
    Buffer.concat([command(3, "select '', sleep(0.2) from seq_1_to_3"), command(0x11, changeUser('app', 'app'))]),
  )
  const packets = []
  for (let packet = await client.packet(); packet.body[0] !== 0xfe || packet.body.length < 30; ) {
    packets.push(packet)
    packet = await client.packet()
  }
  const asked = client.heard.subarray(client.heard.lastIndexOf('mysql_native_password\0'))
  client.socket.write(say(2, proof('mysql_native_password', db.placeholder, asked.subarray(22, 42))))
  await client.closed()
  assert.match(client.heard.toString('latin1'), /coatcheck: the service did not log the broker in/)
})

test('MY-05: a session that is reset stays logged in', { skip }, async () => {
  const client = await loggedIn()
  await client.command(3, 'set @mine = 1')
  assert.equal((await client.command(0x1f)).body[0], 0)
  assert.equal(await client.value('select @mine is null'), '1')
  client.socket.destroy()
})

test('MY-14: commands of replicas and administrators are refused in their turn', { skip }, async () => {
  const client = await loggedIn()
  const refused = [0x12, 0x15, 0x1e, 0x08, 0x0d, 0x20, 0x05, 0x06, 0x07, 0xfe, 0xfb]
  client.socket.write(Buffer.concat(refused.flatMap((code) => [command(code, Buffer.alloc(12)), command(0x0e)])))
  for (const _code of refused) {
    assert.match(
      errorText(await client.packet()),
      /^1227 #42000coatcheck: the scope of the secret does not allow this$/,
    )
    assert.equal((await client.packet()).body[0], 0)
  }
  client.socket.destroy()
  const notes = await poll(async () => {
    const found = await refusals('statement_refused')
    return found.some((note) => note.endsWith('command 6')) ? found : undefined
  })
  assert.match(notes.find((note) => note.endsWith('command 18')) ?? '', /^session: con_\w+, command 18$/)
})

test('statements that set a password or show its hash are refused, prepared ones too', { skip }, async () => {
  const connection = await db.connect({ multipleStatements: true })
  await connection.beginTransaction()
  for (const statement of [
    "set password = password('mine')",
    'show create user',
    'show grants',
    'select 1; create user me',
  ]) {
    await assert.rejects(connection.query(statement), { errno: 1227, sqlState: '42000' })
  }
  await assert.rejects(connection.execute("alter user current_user() identified by 'mine'"), { errno: 1064 })
  const [rows] = await connection.query("select 'set password' as text")
  assert.equal(JSON.stringify(rows), '[{"text":"set password"}]')
  await connection.end()
  await scene.store('hashes', 'app', { inject: { passwordHashes: 'pass' } })
  const { stdout } = await (await scene.open('hashes')).run('show create user')
  assert.match(stdout, /IDENTIFIED BY PASSWORD '\*[0-9A-F]{40}'/)
})

test('read-only: writing is refused by rule and by the service, and so is what would lift that', { skip }, async () => {
  const client = await loggedIn(reader)
  assert.equal(await client.value('select @@session.tx_read_only'), '1')
  for (const statement of [
    'insert into kept values (1)',
    'set session transaction read write',
    'set @@tx_read_only = 0',
    'start transaction read write',
    'select 1; insert into kept values (1)',
    "execute immediate 'insert into kept values (1)'",
    'call anything()',
  ]) {
    assert.match(errorText(await client.command(3, statement)), /^1227/, statement)
  }
  assert.match(errorText(await client.command(0x1f)), /^1227/)
  assert.match(errorText(await client.command(0x1b, Buffer.of(0, 0))), /^1227/)
  // The statement of a function is none that the rules see.
  const body = 'begin insert into app.kept values (1); return 1; end'
  server.query(`delimiter //\ncreate function app.sneaks() returns int ${body}//`)
  assert.match(errorText(await client.command(3, 'select sneaks()')), /^1792 #25006/)
  assert.equal((await change(client, 'app', '', reader.placeholder)).body[0], 0)
  assert.match(errorText(await client.command(3, 'select sneaks()')), /^1792 #25006/)
  assert.equal(await client.value('select count(*) from kept'), '0')
  client.socket.destroy()
})

test('read-only: several statements in one are not even offered', { skip }, async () => {
  const client = await reader.dial()
  const { capabilities } = await client.greeting()
  assert.equal(capabilities & (1 << 16), 0)
  client.socket.destroy()
  const connection = await reader.connect({ multipleStatements: true })
  await assert.rejects(connection.query('select 1; select 2'), { errno: 1064 })
  await connection.end()
})

test('a password alone is a login where the scope names the user', { skip }, async () => {
  await scene.store('bare', 'app', { value: canary.value, inject: { user: 'app', database: 'app' } })
  const place = await scene.open('bare')
  assert.equal(place.env['MYSQL_DATABASE'], 'app')
  assert.equal((await place.run('select current_user(), database()')).stdout, 'app@%\tapp\n')
})

const oddPasswords: readonly (readonly [string, string])[] = [
  ['a colon, an at sign, a slash and a percent sign', 'a:b@c/d%e#f?g&h=i j'],
  ['200 bytes', 'x'.repeat(200)],
  ['letters of other alphabets', 'пароль-密码-ü'],
]

for (const [what, password] of oddPasswords) {
  test(`a password with ${what}`, { skip }, async () => {
    server.query(`set names utf8mb4; set password for plain@'%' = password('${password}')`)
    const value = `mysql://plain:${encodeURIComponent(password)}@${databaseHost}:${server.port}/app`
    await scene.store(`odd-${password.length}`, 'plain', { value, inject: { tls: 'off' } })
    const { stdout, stderr } = await (await scene.open(`odd-${password.length}`)).run('select 1')
    assert.deepEqual([stdout, stderr], ['1\n', ''])
  })
}

test('a URL of another place than the scope is refused when it is saved, and so are other values', {
  skip,
}, async () => {
  const values = [
    `mysql://app:${canary.value}@elsewhere.test:${server.port}/app`,
    `mysql://app:${canary.value}@${databaseHost}/app`,
    `mysql://app@${databaseHost}:${server.port}/app`,
    `mysql://:${canary.value}@${databaseHost}:${server.port}/app`,
    `postgres://app:${canary.value}@${databaseHost}:${server.port}/app`,
    `mysql://app:${canary.value}@${databaseHost}:${server.port}/app?ssl-mode=maybe`,
    `mysql://app:%zz@${databaseHost}:${server.port}/app`,
  ]
  for (const value of values) {
    const saved = scene.store('elsewhere', 'app', { value })
    await assert.rejects(saved, (error: { code?: string }) => error.code === 'secret_unusable', value)
  }
})

test('MY-10, MY-11: a server that greets is told goodbye by a login that fails, without the secret', {
  skip,
}, async () => {
  await using standIn = await MysqlStandIn.start()
  standIn.become({ password: canary.value, plugin: 'caching_sha2_password' })
  const to = `mysql://${databaseHost}:${standIn.port}`
  await scene.store('standing-in', 'app', { scope: { to }, value: `${to.replace('//', `//app:${canary.value}@`)}/app` })
  const place = await scene.open('standing-in')
  const client = await place.dial()
  assert.match(errorText(await client.logIn('guess')), /^1045/)
  await poll(() => (standIn.logins.includes('nobody') ? true : undefined))
  assert.deepEqual(standIn.logins, ['nobody'])
})

test('A3: statements are told without their values, where the scope asks for that', { skip }, async () => {
  await scene.store('told', 'app', { inject: { log: 'statements' } })
  const client = await loggedIn(await scene.open('told'))
  for (const text of ["set @a = 'secret value'", 'set @b = 0x4711 # secret remark', "set password = 'secret value'"]) {
    await client.command(3, text)
  }
  await client.command(0x16, 'select ?, "secret value"')
  client.socket.destroy()
  const notes = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.kind === 'connection.said')
    return found.length >= 3 ? found.map(({ event }) => event.note?.replace(/^session: con_\w+, /, '')) : undefined
  })
  assert.deepEqual(notes.toSorted(), ['prepared: select ?, …', 'statement: set @a = ?', 'statement: set @b = ?'])
})
