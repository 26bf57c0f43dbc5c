import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { loginToken } from '../fixtures/login-token.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { connectorProcesses } from './connector-processes.ts'
import { type MysqlScene, openMysqlScene, serverIdentity } from './mysql-scene.ts'
import { MysqlStandIn } from './mysql-stand-in.ts'
import { databaseHost, openPostgresScene, type PostgresScene } from './postgres-scene.ts'

const skip = skipWithout('PostgreSQL', 'psql')
const [secretKey, sessionKey] = [makeCanary(), makeCanary()]
const lasting = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: secretKey.value }
const passing = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: sessionKey.value,
  sessionToken: 'x'.repeat(900),
}
const region = 'eu-central-1'
/** A wall clock that stands still, so that a server can be told beforehand what it will be shown. */
let at = new Date(Math.floor(Date.now() / 1_000) * 1_000)
const clock = { now: () => at, monotonicMs: () => performance.now() }

let databases: PostgresScene
let shops: MysqlScene
let standIn: MysqlStandIn

before(async () => {
  if (skip !== false) return
  databases = await openPostgresScene(() => {}, clock)
  standIn = await MysqlStandIn.start()
  shops = await openMysqlScene(makeCanary(), standIn.port, () => {}, clock)
})

after(async () => {
  await databases?.[Symbol.asyncDispose]()
  await shops?.[Symbol.asyncDispose]()
  await standIn?.[Symbol.asyncDispose]()
})

const tokenScope = (user: string): Partial<InjectorSpec> => ({ token: 'aws-rds', region, user })

function tokenFor(port: number, user: string, keys: typeof lasting): string {
  const query = { Action: 'connect', DBUser: user }
  return loginToken({ service: 'rds-db', region, host: `${databaseHost}:${port}`, query, at }, keys)
}

function expectAtPostgres(user: string, token: string): void {
  databases.server.query(`set password_encryption = 'scram-sha-256'; alter role ${user} password '${token}'`)
}

test('a token of RDS is the password of PostgreSQL, and another one a quarter of an hour later', { skip }, async () => {
  const { port } = databases.server
  const inject = { ...tokenScope('plain'), database: 'app' }
  await databases.store('rds', 'plain', { value: JSON.stringify(lasting), inject })
  const db = await databases.open('rds')
  const first = tokenFor(port, 'plain', lasting)
  expectAtPostgres('plain', first)
  assert.deepEqual([(await db.psql('select current_user')).stdout.trim()], ['plain'])
  at = new Date(at.getTime() + 900_000)
  assert.match((await db.psql('select 1')).stderr, /coatcheck: the service did not take the login of the broker/)
  assert.notEqual(tokenFor(port, 'plain', lasting), first)
  expectAtPostgres('plain', tokenFor(port, 'plain', lasting))
  assert.equal((await db.psql('select 1')).stdout.trim(), '1')
})

test('keys with a session token make a token that names it', { skip }, async () => {
  const inject = { ...tokenScope('plain'), database: 'app' }
  await databases.store('rds-session', 'plain', { value: JSON.stringify(passing), inject })
  expectAtPostgres('plain', tokenFor(databases.server.port, 'plain', passing))
  const db = await databases.open('rds-session')
  assert.equal((await db.psql('select 1')).stdout.trim(), '1')
})

test('SEC-04: the process of a grant that logs in by tokens never has the keys', { skip }, async () => {
  const inject = { ...tokenScope('plain'), database: 'app' }
  await databases.store('rds-process', 'plain', { value: JSON.stringify(lasting), inject })
  const token = tokenFor(databases.server.port, 'plain', lasting)
  expectAtPostgres('plain', token)
  const db = await databases.open('rds-process')
  const known = new Set(connectorProcesses())
  const client = await db.connect()
  assert.equal((await client.logIn(db.placeholder)).at(-1)?.type, 'Z')
  const own = connectorProcesses().filter((pid) => !known.has(pid))
  assert.equal(own.length, 1)
  const memory = writableMemory(own[0]!)
  assert.ok(memory.includes(db.placeholder), 'the memory was read')
  assert.equal(memory.includes(secretKey.value), false)
  assert.equal(memory.includes(Buffer.from(secretKey.value, 'utf16le')), false)
  client.socket.destroy()
})

test('a token goes to no server that asks for less than a password', { skip }, async () => {
  const inject = { ...tokenScope('trusting'), database: 'app' }
  await databases.store('rds-trust', 'trusting', { value: JSON.stringify(lasting), inject })
  const db = await databases.open('rds-trust')
  assert.match((await db.psql('select 1')).stderr, /coatcheck: the service did not/)
})

test('a token of RDS is shown to MySQL in clear text, in TLS', { skip }, async () => {
  await shops.store('rds', 'app', { value: JSON.stringify(lasting), inject: tokenScope('app') })
  const db = await shops.open('rds')
  const password = tokenFor(standIn.port, 'app', lasting)
  const [plugin, tls] = ['mysql_clear_password', serverIdentity()]
  standIn.become({ password, plugin, greets: 'mysql_native_password', tls })
  const client = await db.dial()
  assert.equal((await client.logIn(db.placeholder)).body[0], 0)
  assert.deepEqual(standIn.logins, ['clear over TLS'])
  assert.deepEqual(findCanary(client.heard, secretKey), [])
  client.socket.destroy()
})

test('MY-12: a token of RDS is shown to no MySQL without TLS, and by no other plugin', { skip }, async () => {
  await shops.store('rds-other', 'app', { value: JSON.stringify(lasting), inject: tokenScope('app') })
  const db = await shops.open('rds-other')
  const password = tokenFor(standIn.port, 'app', lasting)
  const plans = [
    { password, plugin: 'mysql_clear_password' },
    { password, plugin: 'sha256_password', tls: serverIdentity() },
    { password, plugin: 'caching_sha2_password', tls: serverIdentity() },
    { password, plugin: 'mysql_native_password', tls: serverIdentity() },
  ]
  for (const plan of plans) {
    standIn.become(plan)
    const client = await db.dial()
    await client.logIn(db.placeholder).catch(() => undefined)
    await client.closed()
    assert.match(client.heard.toString('latin1'), /coatcheck: the service did not/)
    assert.ok(
      !standIn.logins.some((how) => /TLS|fast|full|sha256|native/.test(how)),
      `${plan.plugin} ${standIn.logins}`,
    )
  }
})

/** All that a process can write to in its memory, but for what the kernel shows nobody. */
function writableMemory(pid: number): Buffer {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return Buffer.concat(
      [...maps].map(([, start, end]) => {
        const from = Number.parseInt(start!, 16)
        const region = Buffer.alloc(Number.parseInt(end!, 16) - from)
        try {
          return region.subarray(0, readSync(memory, region, { position: from }))
        } catch {
          return Buffer.alloc(0)
        }
      }),
    )
  } finally {
    closeSync(memory)
  }
}
