import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import type { MysqlServer } from '../fixtures/mysql-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { databaseHost, type InsideMysql, type MysqlScene, openMysqlScene, startUsers } from './mysql-scene.ts'

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

test('W5: the client of MariaDB logs in with the placeholder, and the service sees the real login over TLS', {
  skip,
}, async () => {
  const { stdout, stderr } = await db.run("select current_user(), database(); show status like 'Ssl_version'")
  assert.deepEqual([stdout, stderr], ['app@%\tapp\nSsl_version\tTLSv1.3\n', ''])
})
