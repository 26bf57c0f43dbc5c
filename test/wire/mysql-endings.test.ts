import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import type { MysqlServer } from '../fixtures/mysql-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import { command, errorText, type MysqlClient, proof, response, say } from './mysql-client.ts'
import { databaseHost, type InsideMysql, type MysqlScene, openMysqlScene, startUsers } from './mysql-scene.ts'
import { poll } from './poll.ts'

const skip = skipWithout('MariaDB', 'mariadb')
const canary = makeCanary()
let server: MysqlServer
let scene: MysqlScene
let db: InsideMysql
let source: ChangingSource

before(async () => {
  if (skip !== false) return
  source = new ChangingSource()
  source.change(canary.value)
  server = await startUsers(canary)
  const prepare = (home: string): void => source.describe(home, `mysql://${databaseHost}`, server.port)
  scene = await openMysqlScene(canary, server.port, prepare, source.clock)
  await scene.store('db', 'app')
  db = await scene.open('db')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

async function loggedIn(place = db): Promise<MysqlClient> {
  const client = await place.dial()
  assert.equal((await client.logIn(place.placeholder)).body[0], 0)
  return client
}

/** Sessions that the server has beside that of the test. */
function upstreamSessions(where = "user <> 'root'"): number {
  return Number(
    server.query(`select count(*) from information_schema.processlist where command <> 'Daemon' and ${where}`),
  )
}

async function noneUpstream(): Promise<void> {
  await poll(() => (upstreamSessions() === 0 ? true : undefined))
}

test('MY-03: Ctrl-C in the client of MariaDB ends the statement, by the number of the session', { skip }, async () => {
  const child = spawn('/usr/bin/mariadb', ['--no-defaults', '-N', '-B', '-e', 'select sleep(60)'], { env: db.env })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk))
  await poll(() => (upstreamSessions("info like 'select sleep%'") === 1 ? true : undefined))
  child.kill('SIGINT')
  await once(child, 'close')
  assert.match(text, /Query execution was interrupted|^1$/m)
  await noneUpstream()
})

test('MY-03: the number in the greeting is the service’s own, and ends sessions of the same grant alone', {
  skip,
}, async () => {
  const other = await scene.open('db')
  const client = await db.dial()
  const { threadId } = await client.greeting()
  assert.ok(upstreamSessions(`id = ${threadId}`) === 1)
  client.socket.destroy()
  const busy = await loggedIn()
  const id = await busy.value('select connection_id()')
  const stranger = await loggedIn(other)
  for (const statement of [
    `kill query ${id}`,
    `KILL ${id}`,
    'kill user app',
    `/*!kill ${id}*/`,
    `select 1; kill ${id}`,
  ]) {
    assert.match(errorText(await stranger.command(3, statement)), /^1227 #42000coatcheck: /, statement)
  }
  const number = Buffer.alloc(4)
  number.writeUInt32LE(Number(id))
  assert.match(errorText(await stranger.command(0x0c, number)), /^1227/)
  const killer = await loggedIn()
  busy.socket.write(command(3, 'select sleep(60)'))
  await poll(() => (upstreamSessions(`id = ${id} and info like 'select sleep%'`) === 1 ? true : undefined))
  assert.equal((await killer.command(3, `kill query ${id}`)).body[0], 0)
  for (let packet = await busy.packet(); packet.sequence < 4; ) packet = await busy.packet()
  assert.equal((await killer.command(0x0c, number)).body[0], 0)
  await busy.closed()
  for (const { socket } of [stranger, killer]) socket.destroy()
})

const endings: readonly (readonly [string, (place: InsideMysql) => Promise<unknown>])[] = [
  ['a grant that is revoked', ({ inside }) => scene.world.client.grants.end(inside.sandbox.grants[0]!.id)],
  ['a sandbox that is ended', ({ inside }) => scene.world.client.sandboxes.end(inside.sandbox.id)],
  [
    'a rule that denies the host',
    ({ inside }) => scene.world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [databaseHost] } }),
  ],
]

for (const [what, act] of endings) {
  test(`CO-09, N2: ${what} takes its live session along within a second`, { skip }, async () => {
    await noneUpstream()
    const place = await scene.open('db')
    const client = await loggedIn(place)
    const greeted = await place.dial()
    await greeted.greeting()
    const startedAt = performance.now()
    await act(place)
    await Promise.all([client.closed(), greeted.closed()])
    assert.ok(performance.now() - startedAt < 1_000)
    await noneUpstream()
    const { event } = await poll(async () =>
      (await scene.world.events()).find(
        ({ event: { code } }) => code === 'grant_ended' || code === 'sandbox_expired' || code === 'destination_denied',
      ),
    )
    assert.equal(event.kind, 'connection.completed')
  })
}

test('CO-09: a session ends with the time of its sandbox', { skip }, async () => {
  const client = await loggedIn(await scene.open('db', { ttlSeconds: 600 }))
  source.wait(601_000)
  // What changes has sessions compared with what is allowed, by the time of then.
  await scene.store('another', 'app')
  await client.closed()
  await noneUpstream()
})

test('CO-07: a client that stops reading a long result holds the service up, and not the memory', {
  skip,
}, async () => {
  const client = await loggedIn()
  client.socket.pause()
  client.socket.write(command(3, "select repeat('x', 1000) from seq_1_to_400000"))
  await poll(() => (upstreamSessions("state like 'Writing to net'") === 1 ? true : undefined))
  assert.ok(connectorMemory() < 150_000, `kB: ${connectorMemory()}`)
  client.socket.destroy()
  await noneUpstream()
})

test('CO-08, MY-11: whoever dies, nothing stays, and a service that greeted for nobody hears a login', {
  skip,
}, async () => {
  await loggedIn().then(({ socket }) => socket.destroy())
  await noneUpstream()
  const pids = connectorProcesses()
  const open = (): number =>
    [process.pid, ...pids].map((pid) => readdirSync(`/proc/${pid}/fd`).length).reduce((sum, each) => sum + each)
  const before = open()
  const logged = server.log().length
  for (let round = 0; round < 40; round += 1) {
    const client = await db.dial()
    const way = round % 5
    if (way === 0) client.socket.destroy()
    else if (way === 1) {
      await client.greeting()
      client.socket.end(response(Buffer.alloc(20)))
    } else if (way === 2) {
      await client.logIn(db.placeholder)
      client.socket.resetAndDestroy()
    } else if (way === 3) {
      await client.logIn(db.placeholder)
      server.query('kill user app')
      await client.closed()
    } else {
      await client.greeting()
      client.socket.resetAndDestroy()
    }
  }
  await noneUpstream()
  await poll(() => (open() <= before ? true : undefined))
  const log = server.log().slice(logged)
  assert.equal(log.includes('without authentication'), false)
  // A client that is gone before it is served is not dialled for.
  assert.ok(log.split("Access denied for user 'coatcheck'@'127.0.0.1' (using password: NO)").length > 16)
})

test('CO-10: a password that was changed is taken by the next login, and open sessions go on', { skip }, async () => {
  await scene.store('turning', 'plain', { inject: { tls: 'off' } })
  const place = await scene.open('turning')
  const client = await loggedIn(place)
  const next = `${canary.value}-next`
  server.query(`set password for plain@'%' = password('${next}')`)
  const late = await place.run('select 1')
  assert.match(late.stderr, /did not take the login of the broker/)
  assert.doesNotMatch(late.stderr, /plain|127\.0\.0\.1|localhost/)
  await scene.world.client.secrets.rotate('turning', `mysql://plain:${next}@${databaseHost}:${server.port}/app`)
  assert.equal((await place.run('select 1')).stdout.trim(), '1')
  assert.equal(await client.value('select 2'), '2')
  client.socket.destroy()
  server.query(`set password for plain@'%' = password('${canary.value}')`)
})

test('CO-10: a password that changed at its source is fetched anew when it is declined, and the client does not notice', {
  skip,
}, async () => {
  await scene.world.client.secrets.create({
    name: 'sourced',
    sourceName: 'file',
    scopes: [
      {
        to: `mysql://${databaseHost}`,
        pin: { address: '127.0.0.1', port: server.port },
        inject: { kind: 'mysql', user: 'plain', database: 'app', tls: 'off' },
      },
    ],
  })
  const place = await scene.open('sourced')
  assert.equal((await place.run('select 1')).stdout.trim(), '1')
  source.wait(60_000)
  const next = `${canary.value}-fetched`
  server.query(`set password for plain@'%' = password('${next}')`)
  source.change(next)
  const client = await place.dial()
  const { nonce, threadId } = await client.greeting()
  client.socket.write(response(proof('mysql_native_password', place.placeholder, nonce)))
  assert.equal((await client.settled()).body[0], 0)
  assert.match(server.log(), /Access denied for user 'plain'@/)
  // It was greeted by a connection that is gone, and is known by its number still.
  const own = await client.value('select connection_id()')
  assert.notEqual(own, String(threadId))
  const killer = await loggedIn(place)
  assert.equal((await killer.command(3, `kill ${threadId}`)).body[0], 0)
  await client.closed()
  killer.socket.destroy()
})

test('W8: a locked vault ends every session, and lets none begin', { skip }, async () => {
  const client = await loggedIn()
  await scene.world.client.vault.lock()
  await client.closed()
  const refused = await db.dial()
  await refused.closed()
  await scene.world.client.vault.unlock()
  await loggedIn().then(({ socket }) => socket.destroy())
})

test('CO-01: a silent client is cut off, and one that says a byte now and then too', { skip }, async () => {
  const silent = await db.dial()
  const slow = await db.dial()
  await slow.greeting()
  const bytes = say(1, Buffer.alloc(64))
  let at = 0
  const timer = setInterval(() => slow.socket.write(bytes.subarray(at, ++at)), 1_500)
  await Promise.all([silent.closed(), slow.closed()])
  clearInterval(timer)
  await noneUpstream()
  const codes = (await scene.world.events()).slice(-2).map(({ event: { code } }) => code)
  assert.deepEqual(codes, ['client_timeout', 'client_timeout'])
})
