import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
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

test('W5: the official driver logs in with the placeholder, and the service sees the real login over TLS', async () => {
  const client = db.client()
  const things = client.db('app').collection('things')
  await things.insertMany(Array.from({ length: 500 }, (_, n) => ({ n })))
  assert.equal(await things.countDocuments({ n: 7 }), 1)
  assert.equal((await things.find({}, { batchSize: 100 }).toArray()).length, 500)
  assert.ok(scene.server.connections.some(({ user }) => user === 'app'))
  await client.close()
})
