import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { composeMessage, composeQuery, composeSequence } from '../fixtures/mongodb/wire.ts'
import { binary, type MongodbClient, ScramExchange, text } from './mongodb-client.ts'
import { type InsideMongodb, type MongodbScene, openMongodbScene, serviceHost } from './mongodb-scene.ts'
import { poll } from './poll.ts'

const members = ['one.service.test:27017', 'two.service.test:27017']
let scene: MongodbScene
let db: InsideMongodb

before(async () => {
  scene = await openMongodbScene({ server: { replicaSet: { name: 'rs0', hosts: members } } })
  await scene.store('db', 'app')
  db = await scene.open('db')
})

after(() => scene?.[Symbol.asyncDispose]())

async function loggedIn(place = db): Promise<MongodbClient> {
  const client = await place.connect()
  const done = await client.logIn(place.placeholder)
  assert.deepEqual([done['ok'], done['done']], [1, true])
  return client
}

test('the environment has a URL under both names, and no address of the service', () => {
  const { env } = db.inside.sandbox.connect
  assert.equal(env['MONGODB_URI'], env['DATABASE_URL'])
  assert.match(
    env['MONGODB_URI'] ?? '',
    /^mongodb:\/\/coatcheck:[^@]+@grt-\w+\.db\.coatcheck\.internal:27017\/\?directConnection=true$/,
  )
  const shown = JSON.stringify(env)
  for (const hidden of [serviceHost, String(scene.server.port), '127.0.0.1', scene.canary.value]) {
    assert.ok(!shown.includes(hidden))
  }
})

test('MG-01: no host of the service is in any answer about its state: today’s, streamed, and of old', async () => {
  const client = await db.connect()
  const asked = {
    saslSupportedMechs: 'admin.anybody',
    compression: ['zlib'],
    client: { driver: { name: 'x', version: '1' } },
  }
  const first = await client.run({ hello: 1, ...asked })
  const own = `${new URL(db.uri).host}`
  assert.deepEqual([first['hosts'], first['me'], first['primary']], [[own], own, own])
  assert.deepEqual([first['setName'], first['isWritablePrimary'], first['maxWireVersion']], ['rs0', true, 21])
  assert.deepEqual(first['saslSupportedMechs'], ['SCRAM-SHA-256', 'SCRAM-SHA-1'])
  const waiting = { topologyVersion: { processId: '1', counter: 1 }, maxAwaitTimeMS: 60_000 }
  const streamed = composeMessage({ hello: 1, ...waiting, $db: 'admin' }, 0, 0x1_0000)
  client.socket.write(streamed.bytes)
  const { flags, responseTo } = await client.answer()
  assert.deepEqual([flags, responseTo], [0, streamed.id])
  client.socket.write(composeQuery({ isMaster: 1, helloOk: true }))
  const old = (await client.answer()).document
  assert.deepEqual([old['ismaster'], old['helloOk'], old['me']], [true, true, own])
  await client.run({ ismaster: 1 })
  client.socket.destroy()
  const heard = client.heard.toString('latin1')
  for (const hidden of ['service.test', 'passives', 'arbiters', 'compression', 'topologyVersion', 'tags', 'zlib']) {
    assert.ok(!heard.includes(hidden), hidden)
  }
})

test('MG-10: a client that asks for the state on a connection that is logged in is told the same', async () => {
  const client = await loggedIn()
  for (const name of ['hello', 'isMaster']) {
    const state = await client.run({ [name]: 1 })
    assert.equal(state['me'], new URL(db.uri).host)
  }
  client.socket.write(composeQuery({ ismaster: 1 }))
  assert.equal((await client.answer()).document['ismaster'], true)
  assert.ok(!client.heard.includes('service.test'))
  client.socket.destroy()
})

for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1']) {
  for (const skipEmptyExchange of [true, false]) {
    test(`MG-03: ${mechanism}, ${skipEmptyExchange ? 'without' : 'with'} the empty exchange`, async () => {
      const client = await db.connect()
      const done = await client.logIn(db.placeholder, { name: 'a,b=c', mechanism, skipEmptyExchange, db: 'anywhere' })
      assert.deepEqual([done['ok'], done['done']], [1, true])
      assert.equal((await client.run({ find: 'none', $db: 'app' }))['ok'], 1)
      client.socket.destroy()
    })
  }
}

for (const [password, code] of [
  ['right', undefined],
  ['wrong', 18],
] as const) {
  test(`MG-03: a login that is begun beside hello, with the ${password} password`, async () => {
    const client = await db.connect()
    const login = new ScramExchange('SCRAM-SHA-256', 'x', code === undefined ? db.placeholder : 'wrong')
    const wish = {
      saslStart: 1,
      mechanism: 'SCRAM-SHA-256',
      payload: binary(login.first),
      db: 'admin',
      options: { skipEmptyExchange: true },
    }
    const { speculativeAuthenticate: begun } = await client.run({ hello: 1, speculativeAuthenticate: wish })
    const final = binary(login.final(text(begun.payload)))
    const done = await client.run({ saslContinue: 1, conversationId: begun.conversationId, payload: final })
    assert.deepEqual([done['code'], done['done']], code === undefined ? [undefined, true] : [code, undefined])
    client.socket.destroy()
  })
}

test('CO-02: a wrong, an empty and the real password are refused, and nothing is dialled', async () => {
  const warm = await db.connect()
  await warm.run({ hello: 1 })
  const before = scene.server.connections.length
  for (const password of ['wrong', '', scene.canary.value, `${db.placeholder} `]) {
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1']) {
      const client = await db.connect()
      const refused = await client.logIn(password, { mechanism })
      assert.deepEqual([refused['ok'], refused['code']], [0, 18])
      assert.match(refused['errmsg'], /^coatcheck: the password is not the placeholder/)
      await client.closed()
    }
  }
  assert.equal(scene.server.connections.length, before)
  warm.socket.destroy()
  await poll(async () => {
    const events = (await scene.world.events()).map(({ event }) => event)
    const refused = events.filter(({ kind, code }) => kind === 'connection.refused' && code === 'login_refused')
    return refused.length === 8 ? true : undefined
  })
})

test('CO-02: before a login, the service gets no byte that a client chose', async () => {
  const client = await db.connect()
  await client.run({ hello: 1, client: { application: { name: 'chosen-by-the-client' } }, chosen: 'by-the-client' })
  client.socket.destroy()
  const said = JSON.stringify(scene.server.connections.filter(({ user }) => user === undefined))
  assert.ok(!said.includes('chosen'))
})

test('MG-04: commands before the login are answered with code 13, and the service hears nothing of them', async () => {
  const client = await db.connect()
  for (const name of [
    'find',
    'insert',
    'listDatabases',
    'usersInfo',
    'logout',
    'createUser',
    'authenticate',
    'buildInfo',
  ]) {
    const refused = await client.run({ [name]: 'x' })
    assert.deepEqual([refused['ok'], refused['code']], [0, 13], name)
  }
  assert.equal((await client.run({ ping: 1 }))['ok'], 1)
  client.socket.destroy()
  assert.ok(!scene.server.connections.some(({ commands }) => commands.includes('listDatabases')))
})

for (const mechanism of ['MONGODB-X509', 'PLAIN', 'MONGODB-AWS', 'MONGODB-OIDC', 'GSSAPI']) {
  test(`MG-05, MG-08: a login by ${mechanism} is refused`, async () => {
    const client = await db.connect()
    const refused = await client.run({ saslStart: 1, mechanism, payload: binary('n,,n=x,r=abc'), $db: '$external' })
    assert.equal(refused['code'], 18)
    await client.closed()
  })
}

test('MG-08: $external is refused with SCRAM too', async () => {
  const client = await db.connect()
  assert.equal((await client.logIn(db.placeholder, { db: '$external' }))['code'], 18)
})

test('CO-04: the real password is in no byte that a client receives in a whole session', async () => {
  const client = await db.connect()
  await client.run({ hello: 1, saslSupportedMechs: 'admin.app' })
  await client.logIn(db.placeholder)
  for (const command of ['usersInfo', 'connectionStatus', 'find', 'hello', 'rolesInfo', 'getParameter', 'no_such']) {
    await client.run({ [command]: 'x', showCredentials: true, $db: 'app' })
  }
  client.socket.end()
  await client.closed()
  assert.ok(client.heard.length > 1_000)
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
})

test('CO-11: a login in one byte for each segment, and what follows it in one segment', async () => {
  const slow = await db.connect()
  const trickle = async (bytes: Buffer): Promise<void> => {
    for (const byte of bytes) {
      slow.socket.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
  }
  const login = new ScramExchange('SCRAM-SHA-256', 'x', db.placeholder)
  const options = { skipEmptyExchange: true }
  const start = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: binary(login.first), options, $db: 'admin' }
  await trickle(Buffer.concat([composeQuery({ ismaster: 1 }), composeMessage(start).bytes]))
  await slow.answer()
  const { document } = await slow.answer()
  const final = {
    saslContinue: 1,
    conversationId: 1,
    payload: binary(login.final(text(document['payload']))),
    $db: 'admin',
  }
  const commands = [1, 2, 3].map((n) => composeMessage({ insert: 'slow', documents: [{ n }], $db: 'app' }).bytes)
  // What follows does not wait for the answer.
  slow.socket.write(Buffer.concat([composeMessage(final).bytes, ...commands]))
  const answers = [await slow.answer(), await slow.answer(), await slow.answer(), await slow.answer()]
  assert.deepEqual(
    answers.map((answer) => answer.document['ok']),
    [1, 1, 1, 1],
  )
  await trickle(composeMessage({ find: 'slow', $db: 'app' }).bytes)
  assert.equal((await slow.answer()).document['cursor'].firstBatch.length, 3)
  slow.socket.destroy()
})

test('MG-07: a checksum, sequences beside the body, and writes that wait for no answer', async () => {
  const client = await loggedIn()
  const rest = Buffer.concat([composeSequence('documents', [{ n: 1 }, { n: 2 }]), Buffer.alloc(4, 7)])
  client.socket.write(composeMessage({ insert: 'flags', $db: 'app' }, 0, 1, rest).bytes)
  assert.equal((await client.answer()).document['n'], 2)
  client.socket.write(
    composeMessage({ insert: 'flags', $db: 'app' }, 0, 2, composeSequence('documents', [{ n: 3 }])).bytes,
  )
  client.socket.write(composeMessage({ dropUser: 'x', $db: 'app' }, 0, 2).bytes)
  assert.equal((await client.run({ count: 'flags', $db: 'app' }))['n'], 3)
  client.socket.destroy()
})

const breaches: readonly (readonly [string, () => Buffer])[] = [
  ['a compressed message', () => withOpcode(composeMessage({ ping: 1, $db: 'app' }).bytes, 2_012)],
  ['an old insert', () => withOpcode(composeMessage({ ping: 1, $db: 'app' }).bytes, 2_002)],
  ['an old question that is no question about the state', () => composeQuery({ find: 'x' })],
  ['a message of 100 MB', () => Buffer.from([0, 0xe1, 0xf5, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0])],
  ['a message of no length', () => Buffer.alloc(16)],
  ['flags that nobody knows', () => composeMessage({ ping: 1, $db: 'app' }, 0, 4).bytes],
  ['a body that is longer than its message', () => withByte(composeMessage({ ping: 1, $db: 'app' }).bytes, 22, 0x40)],
  ['a second body', () => composeMessage({ ping: 1, $db: 'app' }, 0, 0, Buffer.from('0005000000' + '00', 'hex')).bytes],
  [
    'a sequence that is a part of the body',
    () => composeMessage({ aggregate: 'x', $db: 'app' }, 0, 0, composeSequence('pipeline', [{ $out: 'y' }])).bytes,
  ],
  [
    'a sequence that stands twice',
    () =>
      composeMessage(
        { insert: 'x', $db: 'app' },
        0,
        0,
        Buffer.concat([composeSequence('documents', [{}]), composeSequence('documents', [{}])]),
      ).bytes,
  ],
  ['HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: db\r\n\r\n')],
]

function withOpcode(bytes: Buffer, opcode: number): Buffer {
  bytes.writeInt32LE(opcode, 12)
  return bytes
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value
  return bytes
}

for (const [what, bytes] of breaches) {
  test(`MG-06, MG-07: ends the session, before the login and after it: ${what}`, async () => {
    const early = await db.connect()
    early.socket.write(bytes())
    const late = await loggedIn()
    late.socket.write(bytes())
    await Promise.all([what.includes('sequence') ? early.socket.destroy() : early.closed(), late.closed()])
  })
}

test('a session is one event, with grant, user, bytes and duration; a watcher is none that was refused (A3)', async () => {
  const earlier = new Set((await scene.world.events()).map(({ id }) => id))
  const client = await loggedIn()
  await client.run({ find: 'none', $db: 'app' })
  client.socket.end()
  await client.closed()
  const { event } = await poll(async () =>
    // A session of a test before may end only now; nothing was asked on it.
    (await scene.world.events()).findLast(
      ({ event, id }) => !earlier.has(id) && event.note?.includes('user: app') && event.bytesReceived! > 0,
    ),
  )
  assert.deepEqual(
    [event.kind, event.scheme, event.host, event.secrets],
    ['connection.completed', 'mongodb', serviceHost, ['db@1']],
  )
  assert.ok(event.bytesSent! > 0 && event.latencyMs! > 0)
  assert.match(event.note ?? '', /^login, user: app, database: app$/)
  const watcher = await db.connect()
  await watcher.run({ hello: 1 })
  watcher.socket.end()
  await watcher.closed()
  const left = await poll(async () =>
    (await scene.world.events()).findLast(({ event }) => event.note?.includes('no login')),
  )
  assert.deepEqual([left.event.kind, left.event.code], ['connection.completed', undefined])
})
