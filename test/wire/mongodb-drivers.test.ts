import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MongoClient } from 'mongodb'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { type InsideMongodb, type MongodbScene, openMongodbScene } from './mongodb-scene.ts'

const members = ['one.service.test:27017', 'two.service.test:27017']
let scene: MongodbScene
let db: InsideMongodb

before(async () => {
  scene = await openMongodbScene({ server: { replicaSet: { name: 'rs0', hosts: members } } })
  await scene.store('db', 'app')
  db = await scene.open('db')
})

after(() => scene?.[Symbol.asyncDispose]())

/** A URL as people paste one, in place of the one of the environment. */
function pasted(query: string, host?: string): string {
  const url = new URL(db.uri)
  return `mongodb://somebody:${db.placeholder}@${host ?? url.host}/app?${query}`
}

test('W5: the official driver logs in with the placeholder, and the service sees the real login over TLS', async () => {
  const client = db.client(undefined, { appName: 'harvest' })
  const things = client.db('app').collection<{ n: number }>('things')
  await things.insertMany(Array.from({ length: 500 }, (_, n) => ({ n })))
  await things.updateOne({ n: 7 }, { $set: { n: 1_007 } })
  await things.deleteMany({ n: 8 })
  assert.equal(await things.countDocuments({ n: 1_007 }), 1)
  assert.equal((await things.find({}, { batchSize: 100 }).toArray()).length, 499)
  assert.deepEqual(
    await things.findOneAndUpdate({ n: 9 }, { $inc: { n: 1 } }, { projection: { _id: 0 } }).then((found) => found?.n),
    9,
  )
  const seen = scene.server.connections.find(({ user }) => user === 'app')
  assert.equal(seen?.client?.['application']?.name, 'harvest')
  await client.close()
})

const ways: readonly (readonly [string, () => string])[] = [
  ['the URL of the environment', () => db.uri],
  ['a URL without directConnection', () => pasted('')],
  ['a URL with replicaSet=', () => pasted('replicaSet=rs0')],
  ['a URL with directConnection and another name', () => pasted('directConnection=true', 'localhost:27017')],
  ['another name than the advertised one, and discovery', () => pasted('replicaSet=rs0', 'localhost:27017')],
  ['SCRAM-SHA-1', () => pasted('authMechanism=SCRAM-SHA-1')],
  ['compression that is not to be had', () => pasted('compressors=zlib')],
  ['another authSource', () => pasted('authSource=elsewhere')],
  ['polling', () => pasted('serverMonitoringMode=poll&replicaSet=rs0')],
  ['streaming', () => pasted('serverMonitoringMode=stream&replicaSet=rs0')],
]

for (const [what, uri] of ways) {
  test(`MG-01, MG-02, MG-06, MG-08: the official driver stays with the broker: ${what}`, async () => {
    const client = db.client(uri())
    const events: string[] = []
    client.on('serverOpening', ({ address }) => events.push(address))
    const answer = await client.db('app').command({ ping: 1 })
    assert.equal(answer['ok'], 1)
    assert.equal(await client.db('app').collection('none').countDocuments(), 0)
    const elsewhere = events.filter(
      (address) => !/^(?:localhost|grt-\w+\.db\.coatcheck\.internal):27017$/.test(address),
    )
    assert.deepEqual(elsewhere, [])
    await client.close()
  })
}

test('MG-02: a driver that comes by an address of version 6', async () => {
  const host = await db.inside.addressOf(new URL(db.uri).hostname)
  const port = db.inside.portOf(27_017)
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    const onward = connect({ host, port })
    for (const each of [socket, onward]) sockets.add(each.on('error', () => {}))
    socket.pipe(onward).pipe(socket)
  }).listen(0, '::1')
  await once(listener, 'listening')
  const { port: own } = listener.address() as { port: number }
  const client = new MongoClient(pasted('directConnection=true', `[::1]:${own}`), { serverSelectionTimeoutMS: 5_000 })
  assert.equal((await client.db('app').command({ ping: 1 }))['ok'], 1)
  await client.close()
  for (const each of sockets) each.destroy()
  listener.close()
})

test('a driver that insists on TLS gets it from the authority of the sandbox', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-ca-'))
  try {
    const tlsCAFile = join(folder, 'ca.pem')
    writeFileSync(tlsCAFile, db.inside.sandbox.connect.ca)
    const client = db.client(db.uri, { tls: true, tlsCAFile })
    assert.equal((await client.db('app').command({ ping: 1 }))['ok'], 1)
    await client.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const skipPymongo = skipWithout('python3-pymongo')
const pymongoWays: readonly (readonly [string, string])[] = [
  ['direct', 'directConnection=true'],
  ['discovering', 'replicaSet=rs0'],
  ['by SCRAM-SHA-1', 'directConnection=true&authMechanism=SCRAM-SHA-1'],
]

for (const [what, query] of pymongoWays) {
  test(`MG-01, MG-03: pymongo, ${what}, logs in, writes and reads`, { skip: skipPymongo }, async () => {
    const program = `
import os, socket
from pymongo import MongoClient
real = socket.getaddrinfo
host, address = os.environ['HOST_INSIDE'], os.environ['ADDRESS']
socket.getaddrinfo = lambda name, *rest: real(address if name == host else name, *rest)
client = MongoClient(os.environ['URI'], serverSelectionTimeoutMS=5000)
things = client.app.fromPython
things.insert_many([{'n': n} for n in range(300)])
things.update_one({'n': 5}, {'$set': {'n': 5000}})
print(len(list(things.find(batch_size=50))), things.count_documents({'n': 5000}), sorted(client.nodes)[0][0] == host)
things.drop()
`
    const env = {
      HOST_INSIDE: new URL(db.uri).hostname,
      ADDRESS: db.address,
      URI: pasted(query),
    }
    const { stdout, stderr } = await runToEnd(['/usr/bin/python3', '-c', program], { env })
    assert.deepEqual([stdout.trim(), stderr], ['300 1 True', ''])
  })
}

test('MG-07: messages of 40 MB go both ways', async () => {
  const client = db.client()
  const big = client.db('app').collection('big')
  const text = 'x'.repeat(10_000_000)
  await big.insertMany([{ text }, { text }, { text }, { text }])
  const found = await big.find().toArray()
  assert.deepEqual(
    found.map((document) => document['text'].length),
    [10_000_000, 10_000_000, 10_000_000, 10_000_000],
  )
  await big.drop()
  await client.close()
})
