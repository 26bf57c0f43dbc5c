import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type MongodbServer, startMongodb } from '../fixtures/mongodb/mongodb-server.ts'
import { composeMessage } from '../fixtures/mongodb/wire.ts'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import type { MongodbClient } from './mongodb-client.ts'
import { type InsideMongodb, type MongodbScene, openMongodbScene, serviceHost } from './mongodb-scene.ts'
import { poll } from './poll.ts'

const replicaSet = { name: 'rs0', hosts: ['one.service.test:27017'] }
let scene: MongodbScene
let db: InsideMongodb
let plain: MongodbServer
let source: ChangingSource

before(async () => {
  // An operator’s own authority is nothing that a source says.
  plain = await startMongodb({ users: new Map(), replicaSet })
  source = new ChangingSource()
  scene = await openMongodbScene({
    clock: source.clock,
    server: { replicaSet },
    prepare: (home) => source.describe(home, `mongodb://${serviceHost}`, plain.port),
  })
  source.change(scene.canary.value)
  await scene.store('db', 'app')
  db = await scene.open('db')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  await plain?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

async function loggedIn(place = db): Promise<MongodbClient> {
  const client = await place.connect()
  assert.equal((await client.logIn(place.placeholder))['ok'], 1)
  return client
}

const upstreamCount = (): number => scene.server.connections.filter(({ isLive }) => isLive).length
const noneUpstream = (): Promise<true> => poll(() => (upstreamCount() === 0 ? true : undefined))

const endings: readonly (readonly [string, (place: InsideMongodb) => Promise<unknown>])[] = [
  ['a grant that is revoked', ({ inside }) => scene.world.client.grants.end(inside.sandbox.grants[0]!.id)],
  ['a sandbox that is ended', ({ inside }) => scene.world.client.sandboxes.end(inside.sandbox.id)],
  [
    'a rule that denies the host',
    ({ inside }) => scene.world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [serviceHost] } }),
  ],
]

for (const [what, act] of endings) {
  test(`CO-09, N2: ${what} takes its live sessions along within a second, those that only watch too`, async () => {
    await noneUpstream()
    const place = await scene.open('db')
    const watcher = await place.connect()
    await watcher.run({ hello: 1 })
    const client = await loggedIn(place)
    assert.equal(upstreamCount(), 2)
    const startedAt = performance.now()
    await act(place)
    await Promise.all([client.closed(), watcher.closed()])
    assert.ok(performance.now() - startedAt < 1_000)
    await noneUpstream()
  })
}

test('CO-09: a client that reads nothing is gone within a second too', async () => {
  const place = await scene.open('db')
  const client = await loggedIn(place)
  await client.run({ insert: 'long', documents: [{ text: 'x'.repeat(12_000_000) }], $db: 'app' })
  client.socket.pause()
  for (let times = 0; times < 3; times += 1) client.socket.write(composeMessage({ find: 'long', $db: 'app' }).bytes)
  await scene.world.client.grants.end(place.inside.sandbox.grants[0]!.id)
  const startedAt = performance.now()
  await noneUpstream()
  assert.ok(performance.now() - startedAt < 2_000)
})

test('CO-07: a client that stops reading holds the service up, and not the memory', async () => {
  const client = await loggedIn()
  client.socket.pause()
  for (let times = 0; times < 30; times += 1) client.socket.write(composeMessage({ find: 'long', $db: 'app' }).bytes)
  // Questions that the broker answers itself, from a client that does not read.
  const questions = Buffer.concat(
    Array.from({ length: 2_000 }, () => composeMessage({ usersInfo: 1, $db: 'app' }).bytes),
  )
  for (let times = 0; times < 20; times += 1) client.socket.write(questions)
  const seen = scene.server.connections.findLast(({ isLive, user }) => isLive && user === 'app')!
  await poll(() => (seen.commands.filter((name) => name === 'find').length >= 2 ? true : undefined))
  const memory = connectorMemory()
  client.socket.destroy()
  await noneUpstream()
  // What it asked for is 360 MB.
  assert.ok(memory < 200_000, `kB: ${memory}`)
})

test('CO-08: whoever dies, nothing stays: sessions, descriptors, connections to the service', async () => {
  await loggedIn().then(({ socket }) => socket.destroy())
  await noneUpstream()
  const [pid] = connectorProcesses().toReversed()
  const open = (): number => readdirSync(`/proc/${process.pid}/fd`).length + readdirSync(`/proc/${pid}/fd`).length
  const before = open()
  for (let round = 0; round < 40; round += 1) {
    const client = await db.connect()
    const way = round % 4
    if (way === 0) client.socket.destroy()
    else if (way === 1) {
      await client.run({ hello: 1 })
      client.socket.resetAndDestroy()
    } else {
      await client.logIn(db.placeholder)
      if (way === 2) client.socket.resetAndDestroy()
      else {
        scene.server.drop()
        await client.closed()
      }
    }
  }
  await noneUpstream()
  await poll(() => (open() <= before ? true : undefined))
})

test('many watchers are one connection to the service, which goes when the last of them does', async () => {
  await noneUpstream()
  const watchers = await Promise.all(Array.from({ length: 10 }, () => db.connect()))
  await Promise.all(watchers.map((watcher) => watcher.run({ hello: 1 })))
  assert.equal(upstreamCount(), 1)
  // The one whose connection it was goes; the others go on asking.
  for (const watcher of watchers) {
    watcher.socket.destroy()
    const last = watchers.at(-1)!
    if (watcher !== last) assert.equal((await last.run({ hello: 1 }))['isWritablePrimary'], true)
  }
  await noneUpstream()
})

test('MG-09: after a change of the primary, a driver writes again by itself', async () => {
  const client = db.client(`${db.uri}&heartbeatFrequencyMS=500&retryWrites=true`)
  const things = client.db('app').collection('moved')
  await things.insertOne({ n: 1 })
  scene.server.setPrimary(false)
  const raw = await loggedIn()
  const refused = await raw.run({ insert: 'moved', documents: [{}], $db: 'app' })
  assert.equal(refused['code'], 10_107)
  assert.equal((await raw.run({ hello: 1 }))['isWritablePrimary'], false)
  const writing = things.insertOne({ n: 2 })
  scene.server.setPrimary(true)
  await writing
  assert.equal(scene.server.store.documents('app.moved').length, 2)
  raw.socket.destroy()
  await client.close()
})

test('MG-09: of several hosts, each with a scope of its own, the broker takes the one that is the primary', async (context) => {
  const mechanisms = ['SCRAM-SHA-256']
  const user = { password: scene.canary.value, mechanisms }
  const second = await startMongodb({ users: new Map([['admin.app', user]]), replicaSet })
  context.after(() => second[Symbol.asyncDispose]())
  const servers = [plain, second]
  plain.users.set('admin.app', user)
  const hosts = ['one', 'two'].map((name, index) => `${name}.members.test:${servers[index]!.port}`)
  const inject = { kind: 'mongodb' }
  await scene.world.client.secrets.create({
    name: 'members',
    value: `mongodb://app:${scene.canary.value}@${hosts.join(',')}/app?authSource=admin&replicaSet=rs0`,
    scopes: hosts.map((host) => ({ to: `mongodb://${host}`, pin: { address: '127.0.0.1' }, inject })),
  })
  const place = await scene.open('members')
  const driver = place.client(`${place.uri}&heartbeatFrequencyMS=500`).db('app').collection('taken')
  for (const [primary, secondary] of [servers, servers.toReversed()] as const) {
    secondary!.setPrimary(false)
    primary!.setPrimary(true)
    // As servers do when they lose their part.
    secondary!.drop()
    await driver.insertOne({})
    const raw = await loggedIn(place)
    assert.equal((await raw.run({ insert: 'taken', documents: [{}], $db: 'app' }))['ok'], 1)
    raw.socket.destroy()
    assert.equal(primary!.store.documents('app.taken').length, 2)
  }
  await scene.world.client.sandboxes.update(place.inside.sandbox.id, { network: { deny: ['two.members.test'] } })
  const denied = await place.connect()
  await denied.closed()
})

test('CO-10: a password that was changed is taken by the next login, and open sessions go on', async () => {
  const { canary, server, world } = scene
  await scene.store('turning', 'app')
  const place = await scene.open('turning')
  const client = await loggedIn(place)
  const next = `${canary.value}-next`
  server.users.set('admin.app', { password: next, mechanisms: ['SCRAM-SHA-256'] })
  const url = `mongodb://app:${next}@${serviceHost}:${server.port}/app?authSource=admin`
  await world.client.secrets.rotate('turning', url)
  await loggedIn(place).then(({ socket }) => socket.destroy())
  assert.equal((await client.run({ find: 'none', $db: 'app' }))['ok'], 1)
  client.socket.destroy()
  server.users.set('admin.app', { password: canary.value, mechanisms: ['SCRAM-SHA-256'] })
  const late = await place.connect()
  assert.match((await late.logIn(place.placeholder))['errmsg'], /did not take the login of the broker/)
})

test('CO-10: a password that changed at its source is fetched anew when it is declined, and the client does not notice', async () => {
  const { canary, world } = scene
  const mechanisms = ['SCRAM-SHA-256']
  const before = plain.connections.length
  plain.users.set('admin.app', { password: canary.value, mechanisms })
  await world.client.secrets.create({
    name: 'sourced',
    sourceName: 'file',
    scopes: [
      {
        to: `mongodb://${serviceHost}`,
        pin: { address: '127.0.0.1', port: plain.port },
        inject: { kind: 'mongodb', user: 'app', database: 'app' },
      },
    ],
  })
  const place = await scene.open('sourced')
  await loggedIn(place).then(({ socket }) => socket.destroy())
  source.wait(60_000)
  const next = `${canary.value}-fetched`
  plain.users.set('admin.app', { password: next, mechanisms })
  source.change(next)
  await loggedIn(place).then(({ socket }) => socket.destroy())
  assert.deepEqual(
    plain.connections.slice(before).map(({ user }) => user),
    ['app', undefined, 'app'],
  )
})

test('W8: a locked vault ends every session, and lets none begin', async () => {
  const client = await loggedIn()
  await scene.world.client.vault.lock()
  await client.closed()
  const refused = await db.connect()
  await refused.closed()
  await scene.world.client.vault.unlock()
  await loggedIn().then(({ socket }) => socket.destroy())
})

test('CO-01: a silent client is cut off, one that says a byte now and then, and one that begins a login and waits', async () => {
  const silent = await db.connect()
  const slow = await db.connect()
  const waiting = await db.connect()
  await waiting.run({ hello: 1 })
  const watcher = await db.connect()
  await watcher.run({ hello: 1 })
  waiting.socket.write(composeMessage({ saslStart: 1, $db: 'admin' }).bytes.subarray(0, 30))
  const timer = setInterval(() => slow.socket.write(Buffer.of(40)), 1_500)
  await Promise.all([silent.closed(), slow.closed(), waiting.closed()])
  clearInterval(timer)
  // Who watches may be silent for longer.
  assert.equal((await watcher.run({ hello: 1 }))['ok'], 1)
  watcher.socket.destroy()
})
