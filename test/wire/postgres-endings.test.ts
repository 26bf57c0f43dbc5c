import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import { poll } from './poll.ts'
import { cancel, firstColumn, type PostgresClient, say, startup } from './postgres-client.ts'
import { databaseHost, type InsideDatabase, openPostgresScene, type PostgresScene } from './postgres-scene.ts'

const skip = skipWithout('PostgreSQL', 'psql')
let scene: PostgresScene
let db: InsideDatabase
let source: ChangingSource

before(async () => {
  if (skip !== false) return
  source = new ChangingSource()
  const prepare = (home: string, port: number): void => source.describe(home, `postgres://${databaseHost}`, port)
  scene = await openPostgresScene(prepare, source.clock)
  source.change(scene.canary.value)
  await scene.store('db', 'app')
  db = await scene.open('db')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

async function loggedIn(place = db): Promise<PostgresClient> {
  const client = await place.connect()
  assert.equal((await client.logIn(place.placeholder)).at(-1)?.type, 'Z')
  return client
}

/** Sessions that the server has for a role. */
function upstreamSessions(role = 'app'): number {
  return Number(scene.server.query(`select count(*) from pg_stat_activity where usename = '${role}'`))
}

async function noneUpstream(): Promise<void> {
  await poll(() => (upstreamSessions() === 0 ? true : undefined))
}

test('PG-03: Ctrl-C in psql ends the statement, and the session goes on', { skip }, async () => {
  const env = await db.env()
  const args = ['-X', '-A', '-t', '-c', 'select pg_sleep(60)', '-c', "select 'still here'"]
  const child = spawn('/usr/bin/psql', args, { env })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk))
  await poll(() =>
    scene.server.query(
      "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and usename = 'app'",
    ) === '1'
      ? true
      : undefined,
  )
  child.kill('SIGINT')
  await once(child, 'close')
  assert.match(text, /canceling statement due to user request/)
})

test('PG-03: keys are our own, and one that is unknown or of another grant does nothing', { skip }, async () => {
  const other = await scene.open('db')
  const client = await db.connect()
  const messages = await client.logIn(db.placeholder)
  const key = messages.find(({ type }) => type === 'K')!.body
  assert.notEqual(String(key.readUInt32BE(0)), firstColumn(await client.query('select pg_backend_pid()'))[0])
  client.socket.write(say('Q', 'select pg_sleep(2), 1\0'))
  for (const [place, bytes] of [
    [other, key],
    [db, Buffer.alloc(8, 7)],
    [db, key.subarray(0, 4)],
  ] as const) {
    const stranger = await place.connect()
    stranger.socket.write(cancel(bytes))
    await stranger.closed()
  }
  assert.equal(
    (await client.until('Z')).some(({ type }) => type === 'E'),
    false,
  )
  client.socket.write(say('Q', 'select pg_sleep(60)\0'))
  const canceller = await db.connect()
  canceller.socket.write(cancel(key))
  await canceller.closed()
  assert.ok((await client.until('Z')).some(({ type }) => type === 'E'))
  client.socket.destroy()
})

test('PG-05: a client of protocol 3.2 is told which version it gets', { skip }, async () => {
  const client = await db.connect()
  client.socket.write(startup({}, 0x3_0002))
  await client.until('R')
  client.socket.write(say('p', `${db.placeholder}\0`))
  const messages = await client.until('Z', 'E')
  assert.equal(messages.at(-1)?.type, 'Z')
  assert.ok(messages.some(({ type }) => type === 'v'))
  client.socket.destroy()
})

const endings: readonly (readonly [string, (place: InsideDatabase) => Promise<unknown>])[] = [
  ['a grant that is revoked', ({ inside }) => scene.world.client.grants.end(inside.sandbox.grants[0]!.id)],
  ['a sandbox that is ended', ({ inside }) => scene.world.client.sandboxes.end(inside.sandbox.id)],
  ['a lockdown', ({ inside }) => scene.world.client.lockdown({ sandbox: inside.sandbox.id })],
  [
    'a rule that denies the host',
    ({ inside }) => scene.world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [databaseHost] } }),
  ],
  [
    'a scope that is written anew',
    async () => {
      const { scopes } = await scene.world.client.secrets.get('db')
      const inject = { kind: 'postgres', settings: { work_mem: '8MB' } }
      const value = scene.url('app')
      await scene.world.client.secrets.update('db', { scopes: scopes.map((scope) => ({ ...scope, inject })), value })
    },
  ],
]

for (const [what, act] of endings) {
  test(`CO-09, N2: ${what} takes its live session along within a second`, { skip }, async () => {
    await noneUpstream()
    const place = await scene.open('db')
    const client = await loggedIn(place)
    const startedAt = performance.now()
    await act(place)
    await client.closed()
    assert.ok(performance.now() - startedAt < 1_000)
    assert.match(client.heard.toString('latin1'), /C57P01/)
    await noneUpstream()
    const { event } = await poll(async () =>
      (await scene.world.events()).find(
        ({ event: { code } }) => code === 'grant_ended' || code === 'sandbox_expired' || code === 'destination_denied',
      ),
    )
    assert.equal(event.kind, 'connection.completed')
  })
}

test('CO-09: a client that reads nothing is gone within a second too', { skip }, async () => {
  const place = await scene.open('db')
  const client = await loggedIn(place)
  client.socket.pause()
  client.socket.write(say('Q', "select repeat('x', 1000) from generate_series(1, 1000000)\0"))
  await poll(() => (upstreamSessions() > 0 ? true : undefined))
  await scene.world.client.grants.end(place.inside.sandbox.grants[0]!.id)
  const startedAt = performance.now()
  await noneUpstream()
  assert.ok(performance.now() - startedAt < 2_000)
})

test('CO-07: a client that stops reading a long result holds the service up, and not the memory', {
  skip,
}, async () => {
  const client = await loggedIn()
  client.socket.pause()
  client.socket.write(say('Q', "select repeat('x', 1000) from generate_series(1, 400000)\0"))
  await poll(() =>
    scene.server.query("select count(*) from pg_stat_activity where wait_event = 'ClientWrite'") === '1'
      ? true
      : undefined,
  )
  assert.ok(connectorMemory() < 150_000, `kB: ${connectorMemory()}`)
  client.socket.destroy()
  await noneUpstream()
})

test('CO-08: whoever dies, nothing stays: sessions, descriptors, connections to the service', { skip }, async () => {
  await loggedIn().then(({ socket }) => socket.destroy())
  await noneUpstream()
  const [pid] = connectorProcesses()
  const open = (): number => readdirSync(`/proc/${process.pid}/fd`).length + readdirSync(`/proc/${pid}/fd`).length
  const before = open()
  for (let round = 0; round < 40; round += 1) {
    const client = await db.connect()
    const way = round % 4
    if (way === 0) client.socket.destroy()
    else if (way === 1) client.socket.end(startup())
    else if (way === 2) {
      await client.logIn(db.placeholder)
      client.socket.resetAndDestroy()
    } else {
      await client.logIn(db.placeholder)
      scene.server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")
      await client.closed()
    }
  }
  await noneUpstream()
  await poll(() => (open() <= before ? true : undefined))
})

test('CO-10: a password that was changed is taken by the next login, and open sessions go on', { skip }, async () => {
  const { canary, server, world } = scene
  server.query(`create role turning login password '${canary.value}'; grant app to turning`)
  await scene.store('turning', 'app_clear', { inject: { tls: 'off' } })
  const place = await scene.open('turning')
  const client = await loggedIn(place)
  const next = `${canary.value}-next`
  server.query(`alter role app_clear password '${next}'`)
  const url = (password: string): string => `postgres://app_clear:${password}@db.service.test:${server.port}/app`
  await world.client.secrets.rotate('turning', url(next))
  assert.equal((await place.psql('select 1')).stdout.trim(), '1')
  assert.deepEqual(firstColumn(await client.query('select 2')), ['2'])
  client.socket.destroy()
  server.query(`alter role app_clear password '${canary.value}'`)
  const late = await place.psql('select 1')
  assert.match(late.stderr, /did not take the login of the broker/)
})

test('CO-10: a password that changed at its source is fetched anew when it is declined, and the client does not notice', {
  skip,
}, async () => {
  const { canary, server, world } = scene
  await world.client.secrets.create({
    name: 'sourced',
    sourceName: 'file',
    scopes: [
      {
        to: `postgres://${databaseHost}`,
        pin: { address: '127.0.0.1', port: server.port },
        inject: { kind: 'postgres', user: 'app_clear', database: 'app', tls: 'off' },
      },
    ],
  })
  const place = await scene.open('sourced')
  assert.equal((await place.psql('select 1')).stdout.trim(), '1')
  source.wait(60_000)
  const next = `${canary.value}-fetched`
  server.query(`alter role app_clear password '${next}'`)
  source.change(next)
  const { stdout, stderr } = await place.psql('select 2')
  assert.deepEqual([stdout.trim(), stderr], ['2', ''])
  assert.match(server.log(), /password authentication failed for user "app_clear"/)
})

test('W8: a locked vault ends every session, and lets none begin', { skip }, async () => {
  const client = await loggedIn()
  await scene.world.client.vault.lock()
  await client.closed()
  const refused = await db.connect()
  await refused.closed()
  await scene.world.client.vault.unlock()
  await loggedIn().then(({ socket }) => socket.destroy())
})

test('CO-01: a silent client is cut off, and one that says a byte now and then too', { skip }, async () => {
  const silent = await db.connect()
  const slow = await db.connect()
  const timer = setInterval(() => slow.socket.write(Buffer.of(0)), 1_500)
  await Promise.all([silent.closed(), slow.closed()])
  clearInterval(timer)
})
