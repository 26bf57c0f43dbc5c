import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { composeMessage } from '../fixtures/mongodb/wire.ts'
import type { MongodbClient } from './mongodb-client.ts'
import {
  type InsideMongodb,
  type MongodbScene,
  openMongodbScene,
  type SecretOptions,
  serviceHost,
} from './mongodb-scene.ts'
import { poll } from './poll.ts'

let scene: MongodbScene
let shared: InsideMongodb
let number = 0

before(async () => {
  scene = await openMongodbScene()
  shared = await openFor('app')
})

after(() => scene?.[Symbol.asyncDispose]())

/** A sandbox with a secret of its own. */
async function openFor(user: string, options: SecretOptions = {}): Promise<InsideMongodb> {
  number += 1
  await scene.store(`secret-${number}`, user, options)
  return scene.open(`secret-${number}`)
}

async function loggedIn(db: InsideMongodb): Promise<MongodbClient> {
  const client = await db.connect()
  assert.equal((await client.logIn(db.placeholder))['ok'], 1)
  return client
}

/** What a client is told that cannot log in, or not even ask. */
async function refusalOf(db: InsideMongodb, ask: 'hello' | 'login' = 'login'): Promise<string> {
  const client = await db.connect()
  const refused = ask === 'hello' ? await client.run({ hello: 1 }) : await client.logIn(db.placeholder)
  assert.equal(refused['ok'], 0)
  await client.closed()
  // CO-03: none of what the service says before a login comes through.
  for (const hidden of [serviceHost, '127.0.0.1', 'Authentication failed for', ' app', ' older']) {
    assert.ok(!client.heard.includes(hidden), hidden)
  }
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
  return `${refused['code']} ${refused['errmsg']}`
}

const url = (user: string, rest = '/app?authSource=admin', host = serviceHost): string =>
  `mongodb://${user}:${scene.canary.value}@${host}:${scene.server.port}${rest}`

const logins: readonly (readonly [string, () => SecretOptions, RegExp | undefined])[] = [
  ['app', () => ({}), undefined],
  ['older', () => ({}), undefined],
  ['local', () => ({ value: url('local', '/app') }), undefined],
  ['app', () => ({ value: scene.canary.value, inject: { user: 'app', database: 'app' } }), undefined],
  ['older', () => ({ inject: { login: 'scram-sha-256' } }), /^13 .*did not log the broker in as the scope demands/],
  ['local', () => ({}), /^18 .*did not take the login of the broker/],
]

for (const [user, options, expected] of logins) {
  test(`MG-03, MG-08: login of ${user} with ${options.toString().slice(6)}: ${expected ?? 'good'}`, async () => {
    const db = await openFor(user, options())
    if (expected !== undefined) assert.match(await refusalOf(db), expected)
    else {
      const client = await loggedIn(db)
      assert.equal((await client.run({ find: 'none', $db: 'app' }))['ok'], 1)
      client.socket.destroy()
    }
  })
}

test('CO-05: a certificate of another name or of an unknown authority is refused, before a login and at it', async () => {
  const unknown = await openFor('app', { scope: { roots: undefined as never } })
  const elsewhere = await openFor('app', {
    scope: { to: `mongodb://other.service.test:${scene.server.port}` },
    value: url('app', '/', 'other.service.test'),
  })
  for (const db of [unknown, elsewhere]) {
    assert.match(await refusalOf(db, 'hello'), /certificate of the service cannot be verified/)
    assert.match(await refusalOf(db), /certificate of the service cannot be verified/)
  }
})

test('a service that speaks TLS is not spoken to in clear text, nor the other way round', async () => {
  const clear = await openFor('app', { inject: { tls: 'off' } })
  const client = await clear.connect()
  assert.equal((await client.run({ hello: 1 }))['ok'], 0)
  await client.closed()
})

test('what is in the way of a stock client is what it says', async () => {
  const db = await openFor('nobody')
  await assert.rejects(db.client().db('app').command({ ping: 1 }), /coatcheck: the service did not take the login/)
  const wrong = db.uri.replace(db.placeholder, 'wrong')
  await assert.rejects(db.client(wrong).db('app').command({ ping: 1 }), /the password is not the placeholder/)
})

test('a URL of another place than the scope is refused when it is saved', async () => {
  const value = url('app', '/app', 'elsewhere.test')
  const srv = `mongodb+srv://app:${scene.canary.value}@${serviceHost}/app`
  for (const each of [value, srv]) {
    await assert.rejects(
      scene.store('elsewhere', 'app', { value: each }),
      (error: { code?: string }) => error.code === 'secret_unusable',
    )
  }
})

test('MG-11: read-only: reading goes on, writing in every disguise is refused with code 13', async () => {
  const db = await openFor('app', { inject: { access: 'read-only' } })
  const client = await loggedIn(db)
  const seed = await loggedIn(shared)
  await seed.run({ insert: 'kept', documents: [{ n: 1 }], $db: 'app' })
  seed.socket.destroy()
  for (const command of [
    { insert: 'kept', documents: [{}] },
    { update: 'kept', updates: [] },
    { delete: 'kept', deletes: [{ q: {}, limit: 0 }] },
    { findAndModify: 'kept', remove: true },
    { aggregate: 'kept', pipeline: [{ $out: 'kept' }], cursor: {} },
    { aggregate: 'kept', pipeline: [{ $facet: { a: [{ $merge: 'kept' }] } }], cursor: {} },
    { explain: { delete: 'kept', deletes: [] } },
    { drop: 'kept' },
    { bulkWrite: 1, ops: [], nsInfo: [] },
  ]) {
    const refused = await client.run({ ...command, $db: 'app' })
    assert.deepEqual([refused['code'], refused['codeName']], [13, 'Unauthorized'], JSON.stringify(command))
  }
  assert.equal((await client.run({ count: 'kept', $db: 'app' }))['n'], 1)
  assert.equal((await client.run({ aggregate: 'kept', pipeline: [{ $match: {} }], cursor: {}, $db: 'app' }))['ok'], 1)
  assert.equal((await client.run({ explain: { find: 'kept' }, $db: 'app' }))['explained'], 'find')
  client.socket.destroy()
  const driver = db.client().db('app').collection('kept')
  await assert.rejects(driver.insertOne({}), { code: 13 })
  await assert.rejects(driver.aggregate([{ $out: 'copy' }]).toArray(), { code: 13 })
  assert.equal(await driver.countDocuments(), 1)
})

test('MG-05: logins, users and the server are out of reach of a session that is logged in', async () => {
  const client = await loggedIn(shared)
  const before = scene.server.connections.flatMap(({ commands }) => commands).length
  for (const name of ['logout', 'saslStart', 'authenticate', 'usersInfo', 'createUser', 'updateUser', 'shutdown']) {
    for (const $db of ['admin', 'app', '$external']) {
      assert.equal((await client.run({ [name]: 1, $db }))['code'], 13, name)
    }
  }
  assert.equal(scene.server.connections.flatMap(({ commands }) => commands).length, before)
  assert.equal((await client.run({ ping: 1 }))['ok'], 1)
  client.socket.destroy()
})

test('databases that the scope does not have are refused, in $db and in stages', async () => {
  const db = await openFor('app', { inject: { databases: ['further'] } })
  const client = await loggedIn(db)
  for (const $db of ['app', 'further']) assert.equal((await client.run({ find: 'x', $db }))['ok'], 1)
  for (const $db of ['other', 'admin', 'local']) assert.equal((await client.run({ find: 'x', $db }))['code'], 13)
  const pipeline = [{ $unionWith: { db: 'other', coll: 'x' } }]
  assert.equal((await client.run({ aggregate: 'x', pipeline, cursor: {}, $db: 'app' }))['code'], 13)
  client.socket.destroy()
  const anywhere = await loggedIn(await openFor('app', { value: url('app', '/?authSource=admin') }))
  assert.equal((await anywhere.run({ find: 'x', $db: 'other' }))['ok'], 1)
  assert.equal((await anywhere.run({ find: 'system.users', $db: 'admin' }))['code'], 13)
  anywhere.socket.destroy()
})

test('a refused command is an event of its own, without a value of it (A3)', async () => {
  const client = await loggedIn(shared)
  await client.run({ createUser: 'secret-name', pwd: 'secret-word', roles: [], $db: 'app' })
  await client.run({ 'secret name': 1, $db: 'app' })
  const grant = shared.inside.sandbox.grants[0]!.id
  // Events of one millisecond are in no order.
  const refused = await poll(async () => {
    const events = (await scene.world.events()).map(({ event }) => event)
    const found = events.filter(({ code, grants }) => code === 'statement_refused' && grants?.includes(grant)).slice(-2)
    return found.some(({ note }) => note?.includes('without a name')) ? found : undefined
  })
  const notes = refused.map(({ note = '' }) => note.replace(/^session: con_\w+, /, '')).toSorted()
  assert.deepEqual(notes, [
    'command: a command without a name, it is on no list',
    'command: createUser, it is on no list',
  ])
  assert.ok(!JSON.stringify(refused).includes('secret '), 'no value of a command')
  assert.ok(!JSON.stringify(refused).includes('secret-name'))
  client.socket.destroy()
})

test('answers of the broker do not get into those of the service, however many are asked for', async () => {
  const client = await loggedIn(shared)
  const text = 'x'.repeat(300_000)
  await client.run({ insert: 'long', documents: Array.from({ length: 10 }, () => ({ text })), $db: 'app' })
  const commands = Array.from({ length: 30 }, (_, n) =>
    composeMessage(n % 3 === 0 ? { find: 'long', $db: 'app' } : { usersInfo: 1, $db: 'app' }),
  )
  client.socket.write(Buffer.concat(commands.map(({ bytes }) => bytes)))
  const told = new Map<number, number>()
  for (const _command of commands) {
    const { responseTo, document } = await client.answer()
    told.set(responseTo, document['code'] ?? document['cursor'].firstBatch.length)
  }
  assert.deepEqual(
    commands.map(({ id }) => told.get(id)),
    commands.map((_, n) => (n % 3 === 0 ? 10 : 13)),
  )
  client.socket.destroy()
})

test('A3: the commands of a session are told by their names, where the scope asks for that', async () => {
  const db = await openFor('app', { inject: { log: 'commands' } })
  const client = await loggedIn(db)
  for (const name of ['secret-one', 'secret-two']) await client.run({ find: name, $db: 'app' })
  await client.run({ usersInfo: 1, $db: 'app' })
  client.socket.destroy()
  const [row] = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.kind === 'connection.said')
    return found.length > 0 ? found : undefined
  })
  assert.match(row?.event.note ?? '', /^session: con_\w+, commands: find 2$/)
})
