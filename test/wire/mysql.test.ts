import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import type { MysqlServer } from '../fixtures/mysql-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { bits, command, errorText, type MysqlClient, proof, response, say } from './mysql-client.ts'
import { databaseHost, type InsideMysql, type MysqlScene, openMysqlScene, startUsers } from './mysql-scene.ts'
import { poll } from './poll.ts'

const skip = skipWithout('MariaDB', 'mariadb')
const canary = makeCanary()
let server: MysqlServer
let scene: MysqlScene
let db: InsideMysql

before(async () => {
  if (skip !== false) return
  server = await startUsers(canary)
  scene = await openMysqlScene(canary, server.port)
  await scene.store('db', 'app')
  db = await scene.open('db')
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

test('W5: the client of MariaDB logs in with the placeholder, and the service sees the real login over TLS', {
  skip,
}, async () => {
  const { stdout, stderr } = await db.run("select current_user(), database(); show status like 'Ssl_version'")
  assert.deepEqual([stdout, stderr], ['app@%\tapp\nSsl_version\tTLSv1.3\n', ''])
})

test('the environment has a URL and what stock clients read, and no address of the service', { skip }, () => {
  const { env } = db.inside.sandbox.connect
  const url = new URL(env['DATABASE_URL'] ?? '')
  assert.deepEqual([url.protocol, url.password, url.host], ['mysql:', db.placeholder, `${env['MYSQL_HOST']}:3306`])
  assert.deepEqual([env['MYSQL_PASSWORD'], env['MARIADB_TLS_DISABLE_PEER_VERIFICATION']], [db.placeholder, '1'])
  const text = JSON.stringify(env)
  for (const hidden of [databaseHost, String(server.port), '127.0.0.1', canary.value]) assert.ok(!text.includes(hidden))
})

test('mysql2 runs statements, prepared statements and transactions', { skip }, async () => {
  const connection = await db.connect()
  await connection.query('create or replace table kept (id int primary key, text varchar(20)) engine=innodb')
  await connection.beginTransaction()
  for (const id of [1, 2, 3]) await connection.execute('insert into kept values (?, ?)', [id, `row ${id}`])
  await connection.rollback()
  await connection.beginTransaction()
  await connection.execute('insert into kept values (?, ?)', [4, 'four'])
  await connection.commit()
  const [rows] = await connection.execute('select id, text from kept where id > ?', [0])
  assert.deepEqual(JSON.stringify(rows), JSON.stringify([{ id: 4, text: 'four' }]))
  await connection.end()
})

test('PyMySQL takes what stands in the environment', { skip: skip || skipWithout('python3-pymysql') }, async () => {
  const program = [
    'import os, pymysql',
    'e = os.environ',
    'c = pymysql.connect(host=e["MYSQL_HOST"], port=int(e["MYSQL_TCP_PORT"]), user=e["MYSQL_USER"],',
    '  password=e["MYSQL_PWD"], database=e["MYSQL_DATABASE"])',
    'r = c.cursor(); r.execute("select %s, database()", (7,)); print(r.fetchone())',
  ]
  const { stdout, stderr } = await runToEnd(['/usr/bin/python3', '-c', program.join('\n')], { env: db.env })
  assert.deepEqual([stdout.trim(), stderr], ["(7, 'app')", ''])
})

test('CO-02: a wrong, an empty and the real password are refused, and the secret is not used', { skip }, async () => {
  const plugins = ['mysql_native_password', 'caching_sha2_password', 'mysql_clear_password']
  for (const plugin of plugins) {
    for (const password of ['wrong', '', canary.value, `${db.placeholder} `, db.placeholder.slice(0, -1)]) {
      const client = await db.dial()
      const { nonce } = await client.greeting()
      client.socket.write(response(proof(plugin, password, nonce), { plugin }))
      for (;;) {
        const { body, sequence } = await client.settled()
        // Whoever says nothing is asked by what it may know.
        if (body[0] === 0xfe) client.socket.write(say(sequence + 1, Buffer.alloc(0)))
        else {
          assert.match(errorText({ body, sequence }), /^1045 #28000coatcheck: the password is not the placeholder/)
          break
        }
      }
      await client.closed()
    }
  }
  const refused = (await scene.world.events()).filter(({ event: { code } }) => code === 'login_refused')
  const told = refused.map(({ event: { kind, note, secrets } }) => `${kind} ${note} ${secrets}`)
  assert.deepEqual([refused.length, ...new Set(told)], [15, 'connection.completed greeting undefined'])
})

test('CO-04: the real password is in no byte that a client receives in a whole session', { skip }, async () => {
  const client = await loggedIn()
  for (const statement of ['select 1', 'select no_such', 'show variables', 'show processlist', 'show grants']) {
    await client.command(3, statement)
    // The next answer to a ping is that all is well; until then rows come.
    client.socket.write(command(0x0e))
    for (let packet = await client.packet(); packet.sequence !== 1 || packet.body[0] !== 0; )
      packet = await client.packet()
  }
  client.socket.end(command(1))
  await client.closed()
  assert.ok(client.heard.length > 10_000)
  assert.deepEqual(findCanary(client.heard, canary), [])
})

test('CO-11: a login in one byte for each segment, and with commands behind it in one segment', { skip }, async () => {
  for (const isSlow of [true, false]) {
    const client = await db.dial()
    const { nonce } = await client.greeting()
    const plugin = 'caching_sha2_password'
    const bytes = Buffer.concat([
      response(proof(plugin, db.placeholder, nonce), { plugin }),
      command(0x0e),
      command(0x0e),
    ])
    for (const part of isSlow ? bytes.map((byte) => byte) : [bytes]) {
      client.socket.write(typeof part === 'number' ? Buffer.of(part) : part)
      if (isSlow) await new Promise(setImmediate)
    }
    const [proven, ok] = [await client.packet(), await client.packet()]
    assert.deepEqual([proven.sequence, proven.body.toString('hex'), ok.sequence, ok.body[0]], [2, '0103', 3, 0])
    for (let ping = 0; ping < 2; ping += 1) assert.equal((await client.packet()).sequence, 1)
    client.socket.destroy()
  }
})

test('MY-01: the last packet of a login has the number that the client waits for', { skip }, async () => {
  const direct = await loggedIn()
  direct.socket.destroy()
  const asked = await db.dial()
  const { nonce } = await asked.greeting()
  asked.socket.write(response(Buffer.from('whatever'), { plugin: 'dialog' }))
  const first = await asked.packet()
  assert.deepEqual([first.sequence, first.body.toString('latin1', 0, 23)], [2, '\xfecaching_sha2_password\0'])
  assert.deepEqual(first.body.subarray(23, 43), nonce)
  asked.socket.write(say(3, Buffer.alloc(0)))
  const second = await asked.packet()
  assert.deepEqual([second.sequence, second.body.toString('latin1', 0, 23)], [4, '\xfemysql_native_password\0'])
  asked.socket.write(say(5, proof('mysql_native_password', db.placeholder, nonce)))
  const ok = await asked.packet()
  assert.deepEqual([ok.sequence, ok.body[0]], [6, 0])
  asked.socket.destroy()
})

const clients: readonly (readonly [string, readonly string[]])[] = [
  ['native', ['--default-auth=mysql_native_password']],
  ['sha2', ['--default-auth=caching_sha2_password']],
  ['clear', ['--default-auth=mysql_clear_password']],
  ['ed25519, which is not known here', ['--default-auth=client_ed25519']],
]

for (const [name, flags] of clients) {
  test(`MY-02: a client that begins by ${name} gets in`, { skip }, async () => {
    const { stdout, stderr } = await db.run('select 5', ...flags)
    assert.deepEqual([stdout, stderr], ['5\n', ''])
  })
}

test('MY-06: no file of the client is asked for', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-load-'))
  try {
    const file = join(folder, 'rows')
    writeFileSync(file, 'row\n'.repeat(100))
    const load = `create or replace table loaded (t text); load data local infile '${file}' into table loaded`
    const { stderr } = await db.run(load, '--local-infile=1')
    assert.match(stderr, /ERROR (?:1148|4166|3948) .*local infile/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('MY-06: what is no command ends the session, so files could not pass for commands either', { skip }, async () => {
  const client = await loggedIn()
  client.socket.write(say(1, Buffer.from('\x03select 1')))
  await client.closed()
  const { event } = (await scene.world.events()).findLast(({ event: { code } }) => code === 'request_malformed')!
  assert.match(event.note ?? '', /user: app/)
})

test('MY-07: a statement of 20 MB, in packets of 16 MiB, prepared parameters as long, and an empty packet', {
  skip,
}, async () => {
  const connection = await db.connect({ multipleStatements: true })
  const text = 'x'.repeat(20_000_000)
  const [[row]] = (await connection.query(`select length('${text}') as length`)) as unknown as [[{ length: number }]]
  assert.equal(row.length, 20_000_000)
  const [[prepared]] = (await connection.execute('select length(?) as length', [text])) as unknown as [
    [{ length: number }],
  ]
  assert.equal(prepared.length, 20_000_000)
  const [several] = await connection.query('select 1 as one; select 2 as two')
  assert.equal(JSON.stringify(several), '[[{"one":1}],[{"two":2}]]')
  await connection.end()
  const client = await loggedIn()
  client.socket.write(say(0, Buffer.alloc(0)))
  assert.match(errorText(await client.packet()), /^1227/)
  assert.equal(await client.value('select 8'), '8')
  client.socket.destroy()
})

test('a row of 50 MB comes whole', { skip }, async () => {
  const { stdout } = await db.run("select repeat('0123456789', 5000000)", '--max-allowed-packet=128M')
  assert.equal(stdout.length, 50_000_001)
})

test('MY-08: what is offered has neither compression nor files, and is otherwise the service’s', { skip }, async () => {
  const client = await db.dial()
  const { version, capabilities, plugin } = await client.greeting()
  client.socket.destroy()
  assert.match(version, /MariaDB/)
  assert.equal(plugin, 'caching_sha2_password')
  const never = bits.localFiles | (1 << 5) | (1 << 26) | (1 << 28)
  const always = bits.protocol41 | bits.tls | bits.pluginLogin | bits.multiStatements | (1 << 23) | (1 << 24)
  assert.deepEqual([capabilities & never, capabilities & always], [0, always])
  const { stdout } = await db.run("show status like 'Compression'", '--compress')
  assert.equal(stdout, 'Compression\tOFF\n')
})

test('MY-09: a client that insists on TLS gets it from the authority of the sandbox', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-ca-'))
  try {
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, db.inside.sandbox.connect.ca)
    const { stdout, stderr } = await db.run('select 6; \\s', '--ssl', `--ssl-ca=${ca}`)
    assert.deepEqual([stdout.split('\n')[0], stderr], ['6', ''])
    assert.match(stdout, /SSL:\s+Cipher in use is/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what is said in clear text right behind a wish for TLS ends the connection', { skip }, async () => {
  const client = await db.dial()
  const { nonce } = await client.greeting()
  const wish = response(Buffer.alloc(0), { capabilities: bits.tls }).subarray(4, 36)
  client.socket.write(Buffer.concat([say(1, wish), response(proof('x', db.placeholder, nonce), {}, 2)]))
  const greeted = client.heard.length
  await client.closed()
  // Nothing, an alert of TLS, or an error: no packet says that a login is done.
  assert.ok([undefined, 0x15].includes(client.heard[greeted]) || client.heard[greeted + 4] === 0xff)
})

test('what is not the protocol is refused fast', { skip }, async () => {
  const openings = [
    Buffer.from('GET / HTTP/1.1\r\nHost: db\r\n\r\n'),
    Buffer.from('160301010001000100', 'hex'),
    say(1, Buffer.alloc(8)),
    say(0, Buffer.alloc(64)),
    say(1, Buffer.alloc(64)),
    response(Buffer.alloc(0)).subarray(0, 20),
    Buffer.of(0xff, 0xff, 0xff, 1, 0, 0),
  ]
  for (const opening of openings) {
    const client = await db.dial()
    await client.greeting()
    client.socket.end(opening)
    await client.closed()
  }
  assert.equal(await (await loggedIn()).value('select 1'), '1')
})

test('a session is one event, with grant, user, database, bytes and duration (A3)', { skip }, async () => {
  await db.run('select 99')
  const grant = db.inside.sandbox.grants[0]!.id
  const found = await poll(async () => {
    const { event } = (await scene.world.events()).at(-1)!
    return event.kind === 'connection.completed' ? event : undefined
  })
  assert.deepEqual([found.scheme, found.host, found.secrets, found.grants], ['mysql', databaseHost, ['db@1'], [grant]])
  assert.ok(found.bytesSent! > 0 && found.bytesReceived! > 0 && found.latencyMs! > 0)
  assert.equal(found.note, 'login, user: app, database: app')
})
