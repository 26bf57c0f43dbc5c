import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import type { MysqlServer } from '../fixtures/mysql-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { errorText, type LoginWish } from './mysql-client.ts'
import {
  databaseHost,
  expiredIdentity,
  type InsideMysql,
  type MysqlScene,
  openMysqlScene,
  type SecretOptions,
  serverIdentity,
  startUsers,
} from './mysql-scene.ts'
import { MysqlStandIn, type StandInPlan, strangersKey } from './mysql-stand-in.ts'

const skip = skipWithout('MariaDB', 'mariadb')
const canary = makeCanary()
const password = canary.value
const identity = serverIdentity()
let server: MysqlServer
let scene: MysqlScene
let standIn: MysqlStandIn
let number = 0
/** Sandboxes with a way to the stand-in, by what their scope says. */
const places = new Map<string, InsideMysql>()

before(async () => {
  if (skip !== false) return
  server = await startUsers(canary)
  scene = await openMysqlScene(canary, server.port)
  standIn = await MysqlStandIn.start()
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  await standIn?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

/** A sandbox with a secret of its own. */
async function openFor(user: string, options: SecretOptions = {}): Promise<InsideMysql> {
  number += 1
  await scene.store(`secret-${number}`, user, options)
  return scene.open(`secret-${number}`)
}

/** A sandbox whose secret leads to the stand-in, which is one of this kind from here on. */
async function openAt(plan: StandInPlan, inject: SecretOptions['inject'] = {}): Promise<InsideMysql> {
  standIn.become(plan)
  const key = JSON.stringify(inject)
  const value = `mysql://app:${password}@${databaseHost}:${standIn.port}/app`
  const scope = { to: `mysql://${databaseHost}:${standIn.port}` }
  const place = places.get(key) ?? (await openFor('app', { inject, scope, value }))
  places.set(key, place)
  return place
}

/** What a client is told that cannot log in. */
async function refusalOf(db: InsideMysql, wish: LoginWish = {}): Promise<string> {
  const client = await db.dial()
  const packet = await client.logIn(db.placeholder, wish).catch(() => undefined)
  await client.closed()
  // CO-03: none of what the service says before a login comes through.
  const text = client.heard.toString('latin1')
  for (const hidden of ["'app'", "'curve", "'plain", databaseHost, '127.0.0.1', 'host.internal', 'Access denied']) {
    assert.ok(!text.includes(hidden), text)
  }
  assert.deepEqual(findCanary(client.heard, canary), [])
  return packet === undefined ? client.heard.toString('latin1', 7) : errorText(packet)
}

const logins: readonly (readonly [string, SecretOptions['inject'], string | RegExp])[] = [
  ['app', {}, 'app@%'],
  ['curve', {}, 'curve@%'],
  ['curve', { plugins: ['client_ed25519'] }, 'curve@%'],
  ['plain', { tls: 'off' }, 'plain@%'],
  ['curve_plain', { tls: 'off' }, 'curve_plain@%'],
  ['curve', { plugins: ['mysql_native_password'] }, /^1105 .*did not log the broker in as the scope demands/],
  ['app', { plugins: ['client_ed25519'] }, /^1045 .*did not take the login of the broker/],
  ['app', { tls: 'off' }, /^1045 .*did not take the login of the broker/],
  ['nobody_at_all', {}, /did not (?:take|log)/],
]

for (const [user, inject, expected] of logins) {
  test(`login of ${user} with ${JSON.stringify(inject)}: ${expected}`, { skip }, async () => {
    const db = await openFor(user, { inject: inject ?? {} })
    if (expected instanceof RegExp) assert.match(await refusalOf(db), expected)
    else {
      const { stdout, stderr } = await db.run('select current_user()')
      assert.deepEqual([stdout.trim(), stderr], [expected, ''])
    }
  })
}

test('CO-05: a certificate of another name or of an unknown authority is refused', { skip }, async () => {
  const unknown = await openFor('app', { scope: { roots: undefined as never } })
  assert.match(await refusalOf(unknown), /certificate of the service cannot be verified/)
  const host = 'other.service.test'
  const value = `mysql://app:${password}@${host}:${server.port}/app`
  const elsewhere = await openFor('app', { scope: { to: `mysql://${host}:${server.port}` }, value })
  assert.match(await refusalOf(elsewhere), /certificate of the service cannot be verified/)
})

test('a database that is not there or not allowed is refused by its number, without the text', { skip }, async () => {
  const db = await openFor('app')
  assert.match(await refusalOf(db, { database: 'other' }), /^1044 #42000coatcheck: .*\(error 1044\)$/)
  server.query("grant select on `missing`.* to app@'%'")
  assert.match(await refusalOf(db, { database: 'missing' }), /^1049 #42000coatcheck: .*\(error 1049\)$/)
})

const standIns: readonly (readonly [string, StandInPlan, SecretOptions['inject'], readonly string[] | RegExp])[] = [
  [
    'MY-13: full over TLS first, and fast from then on',
    { password, plugin: 'caching_sha2_password', tls: identity },
    {},
    ['full over TLS', 'fast'],
  ],
  [
    'sha2 by a switch',
    { password, plugin: 'caching_sha2_password', greets: 'mysql_native_password', tls: identity },
    { tls: 'verify' },
    ['full over TLS', 'fast'],
  ],
  [
    'sha256 over TLS',
    { password, plugin: 'sha256_password', tls: identity },
    {},
    ['sha256 over TLS', 'sha256 over TLS'],
  ],
  ['clear text over TLS', { password, plugin: 'mysql_clear_password', tls: identity }, {}, ['clear over TLS']],
  [
    'MY-12: full without TLS and without a key',
    { password, plugin: 'caching_sha2_password' },
    { tls: 'off' },
    /did not log the broker in as the scope demands/,
  ],
  [
    'MY-12: sha256 without TLS and without a key',
    { password, plugin: 'sha256_password' },
    { tls: 'off' },
    /did not log the broker in as the scope demands/,
  ],
  [
    'MY-12: clear text without TLS',
    { password, plugin: 'mysql_clear_password' },
    { tls: 'off' },
    /did not log the broker in as the scope demands/,
  ],
  ['no TLS where it is demanded', { password, plugin: 'caching_sha2_password' }, { tls: 'verify' }, /did not log/],
  [
    'CO-05: a certificate that has expired',
    { password, plugin: 'caching_sha2_password', tls: expiredIdentity() },
    {},
    /certificate of the service cannot be verified/,
  ],
  ['parsec', { password, plugin: 'parsec', greets: 'mysql_native_password', tls: identity }, {}, ['parsec', 'parsec']],
  [
    'parsec without TLS',
    { password, plugin: 'parsec', greets: 'mysql_native_password' },
    { tls: 'off', plugins: ['parsec'] },
    ['parsec'],
  ],
  [
    'parsec, where the scope wants another',
    { password, plugin: 'parsec', greets: 'mysql_native_password', tls: identity },
    { plugins: ['client_ed25519'] },
    /did not log the broker in/,
  ],
  [
    'parsec with a nonce that is short',
    { password, plugin: 'parsec', greets: 'mysql_native_password', tls: identity, nonceBytes: 30 },
    {},
    /did not log the broker in/,
  ],
  [
    'parsec with rounds without end',
    { password, plugin: 'parsec', greets: 'mysql_native_password', tls: identity, rounds: 11 },
    {},
    /did not log the broker in/,
  ],
  ['a plugin that is not known', { password, plugin: 'dialog', tls: identity }, {}, /did not log the broker in/],
  [
    'a nonce that is short',
    { password, plugin: 'caching_sha2_password', greets: 'mysql_native_password', nonceBytes: 4 },
    { tls: 'off' },
    /did not log/,
  ],
  [
    'a wrong password',
    { password: 'another one', plugin: 'caching_sha2_password', tls: identity },
    {},
    /^1045 .*did not take/,
  ],
  [
    'CO-06: what comes behind the greeting in the clear',
    { password, plugin: 'caching_sha2_password', tls: identity, junk: Buffer.from('\x01\0\0\x02\0') },
    {},
    /did not log the broker in/,
  ],
  [
    'MY-10: an error in place of a greeting',
    { password, plugin: 'x', refusal: "Host 'host.internal' is blocked" },
    {},
    /^coatcheck: the service did not take .*\(error 1129\)/,
  ],
]

for (const [title, plan, inject, expected] of standIns) {
  test(`a server that stands in for MySQL 9: ${title}`, { skip }, async () => {
    const db = await openAt(plan, inject)
    if (expected instanceof RegExp) {
      assert.match(await refusalOf(db), expected)
      assert.equal(
        standIn.logins.some((how) => /^(?:full|fast|sha256|clear|parsec)/.test(how)),
        false,
      )
      return
    }
    for (const how of expected) {
      const client = await db.dial()
      assert.equal((await client.logIn(db.placeholder)).body[0], 0)
      assert.equal((await client.command(0x0e)).body[0], 0)
      client.socket.destroy()
      assert.equal(standIn.logins.at(-1), how)
    }
  })
}

for (const plugin of ['caching_sha2_password', 'sha256_password']) {
  test(`MY-12: ${plugin} without TLS, for a server whose key was written down`, { skip }, async () => {
    const inject = { tls: 'off', serverKey: standIn.fingerprint }
    const db = await openAt({ password, plugin }, inject)
    const client = await db.dial()
    assert.equal((await client.logIn(db.placeholder)).body[0], 0)
    assert.match(standIn.logins[0]!, /^(?:full|sha256) by RSA$/)
    client.socket.destroy()
    await openAt({ password, plugin, shownKey: strangersKey() }, inject)
    assert.match(await refusalOf(db), /did not log the broker in/)
  })
}

test('what a service adds to its word that a login is done does not reach the client', { skip }, async () => {
  const okText = '\x01made of the password'
  const db = await openAt({ password, plugin: 'mysql_native_password', tls: identity, okText })
  const client = await db.dial()
  assert.equal((await client.logIn(db.placeholder)).body.toString('hex'), '00000002000000')
  client.socket.destroy()
})

test('a certificate of another authority ends the login before anything was said', { skip }, async () => {
  const tls = createTlsRoot().leaf(databaseHost)
  const db = await openAt({ password, plugin: 'caching_sha2_password', tls })
  assert.match(await refusalOf(db), /certificate of the service cannot be verified/)
  assert.deepEqual(
    standIn.logins.filter((how) => how !== 'left'),
    [],
  )
})
