import assert from 'node:assert/strict'
import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot, type SigningForm } from '../fixtures/tls-root.ts'
import { startFakePostgres } from './fake-postgres.ts'
import { poll } from './poll.ts'
import { cancel, type PostgresClient, say, startup } from './postgres-client.ts'
import { databaseHost, type InsideDatabase, openPostgresScene, type PostgresScene } from './postgres-scene.ts'

const skip = skipWithout('PostgreSQL', 'psql')
let scene: PostgresScene

before(async () => {
  if (skip === false) scene = await openPostgresScene()
})

after(() => scene?.[Symbol.asyncDispose]())

async function loggedIn(db: InsideDatabase): Promise<PostgresClient> {
  const client = await db.connect()
  assert.equal((await client.logIn(db.placeholder)).at(-1)?.type, 'Z')
  return client
}

const forms: Readonly<Record<string, SigningForm>> = {
  'ECDSA on P-384': { key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], signature: ['-sha384'] },
  'RSA-PSS with SHA-256': {
    key: ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
    signature: ['-sigopt', 'rsa_pss_saltlen:32'],
  },
  'RSA-PSS with SHA-384': {
    key: ['rsa:2048'],
    signature: ['-sha384', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:48'],
  },
  'RSA with SHA-512': { key: ['rsa:2048'], signature: ['-sha512'] },
  // Nothing is defined to bind to, so the login is not bound.
  Ed25519: { key: ['ed25519'], signature: [] },
}

for (const [name, form] of Object.entries(forms)) {
  test(`PG-09: a server whose certificate is signed with ${name} takes the login`, { skip }, async () => {
    const root = createTlsRoot(form)
    scene.server.useCertificate(root.leaf(databaseHost))
    const secret = name.replaceAll(' ', '-')
    await scene.store(secret, 'app', { inject: { login: 'scram' }, scope: { roots: root.certificate } })
    const db = await scene.open(secret)
    const { stdout, stderr } = await db.psql('select 1')
    assert.deepEqual([stdout.trim(), stderr], ['1', ''])
  })
}

test('keys for SCRAM log in without the password that they were derived from, until that is another one', {
  skip,
}, async () => {
  const root = createTlsRoot()
  scene.server.useCertificate(root.leaf(databaseHost))
  scene.server.query(`create role derived login password '${scene.canary.value}'`)
  const stored = scene.server.query("select rolpassword from pg_authid where rolname = 'derived'")
  const [, count, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(stored)!
  const salted = pbkdf2Sync(scene.canary.value, Buffer.from(salt!, 'base64'), Number(count), 32, 'sha256')
  const keyOf = (name: string): string => encodeURIComponent(createHmac('sha256', salted).update(name).digest('base64'))
  const value =
    `postgres://derived@${databaseHost}:${scene.server.port}/app` +
    `?scram_client_key=${keyOf('Client Key')}&scram_server_key=${keyOf('Server Key')}`
  await scene.store('derived', 'app', { value, inject: { login: 'scram' }, scope: { roots: root.certificate } })
  const db = await scene.open('derived')
  const { stdout, stderr } = await db.psql('select current_user')
  assert.deepEqual([stdout.trim(), stderr], ['derived', ''])
  scene.server.query(`alter role derived password '${scene.canary.value}'`)
  assert.match((await db.psql('select 1')).stderr, /coatcheck: the service did not/)
})

test('PG-04, PG-10: words to cancel go in TLS, with the long key of protocol 3.2, and nothing is resumed', {
  skip,
}, async () => {
  const root = createTlsRoot()
  const key = Buffer.concat([Buffer.from([0, 0, 16, 146]), randomBytes(252)])
  await using fake = await startFakePostgres(root.contextFor(databaseHost), key)
  const to = `postgres://${databaseHost}:${fake.port}`
  await scene.store('fake', 'app', {
    scope: { to, roots: root.certificate },
    value: `${to.replace('//', '//app:x@')}/app`,
  })
  const db = await scene.open('fake')
  const client = await db.connect()
  client.socket.write(startup({}, 0x3_0002))
  await client.until('R')
  client.socket.write(say('p', `${db.placeholder}\0`))
  const messages = await client.until('Z')
  const shown = messages.find(({ type }) => type === 'K')!.body
  assert.ok(shown.length > 8 && !shown.includes(key.subarray(4)))
  for (const wrong of [shown.subarray(0, -1), key, Buffer.concat([shown, Buffer.of(0)])]) {
    const stranger = await db.connect()
    stranger.socket.write(cancel(wrong))
    await stranger.closed()
  }
  const word = await db.connect()
  word.socket.write(cancel(shown))
  await word.closed()
  await poll(() => fake.sessions[1])
  assert.deepEqual(fake.sessions, [
    { isSecure: true, isResumed: false, version: 0x3_0002 },
    { isSecure: true, isResumed: false, cancelled: key },
  ])
  client.socket.destroy()
})

test('standby: a server in recovery is taken, writes nothing, and the session ends when it is promoted', {
  skip,
}, async () => {
  await using standby = await scene.server.startStandby()
  const root = createTlsRoot()
  standby.useCertificate(root.leaf(databaseHost))
  const to = `postgres://${databaseHost}:${standby.port}`
  const value = scene.url('app').replace(`:${scene.server.port}/`, `:${standby.port}/`)
  await scene.store('standby', 'app', { scope: { to, roots: root.certificate }, value, inject: { access: 'standby' } })
  const client = await loggedIn(await scene.open('standby'))
  const replies = await client.query('create table nothing_here ()')
  assert.match(String(replies.find(({ type }) => type === 'E')?.body), /read-only transaction/)
  standby.query('select pg_promote()')
  client.socket.write(say('Q', 'select 1\0'))
  await client.closed()
  assert.match(client.heard.toString('latin1'), /no longer one that the scope allows/)
})
