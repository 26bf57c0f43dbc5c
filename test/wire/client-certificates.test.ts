import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startExim } from '../fixtures/exim-server.ts'
import { startMongodb } from '../fixtures/mongodb/mongodb-server.ts'
import { startMysql } from '../fixtures/mysql-server.ts'
import { startPostgres } from '../fixtures/postgres-server.ts'
import { startRedis } from '../fixtures/redis-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot, type KeyPair } from '../fixtures/tls-root.ts'
import { ChangingSource } from './changing-source.ts'
import { MongodbClient } from './mongodb-client.ts'
import { insideMysql } from './mysql-scene.ts'
import { poll } from './poll.ts'
import { insideDatabase } from './postgres-scene.ts'
import { insideCache } from './redis-scene.ts'
import { insideMail, skipWithoutMail } from './smtp-scene.ts'
import { type Inside, openWorld, type World } from './world.ts'

const host = 'db.service.test'
const mailUser = 'agent@service.test'
const { value: password } = makeCanary()
const root = createTlsRoot()
const clients = createTlsRoot()
const tls = root.leaf(host)
const clientRoot = clients.certificate
const bundle = ({ certificate, key }: KeyPair): string => `${certificate}${key}`
const shown = bundle(clients.client('app'))
const stranger = bundle(createTlsRoot().client('app'))
const byMail = bundle(clients.client(mailUser))

let world: World
let number = 0

before(async () => {
  world = await openWorld()
})
after(() => world?.[Symbol.asyncDispose]())

/** A sandbox with a secret of its own, for a service at a port of this machine. */
async function open(port: number, inject: InjectorSpec, value: string): Promise<Inside> {
  number += 1
  const name = `secret-${number}`
  const pin = { address: '127.0.0.1' }
  const to = `${inject.kind}://${host}:${port}`
  await world.client.secrets.create({ name, value, scopes: [{ to, pin, roots: root.certificate, inject }] })
  return world.createSandbox({ secrets: { SERVICE_URL: name } })
}

/** Why the last session of a sandbox was over, by the record. */
async function lastCode(inside: Inside): Promise<string | undefined> {
  const isMeant = (sandbox: string | undefined, code: string | undefined): boolean =>
    sandbox === inside.sandbox.id && code !== undefined
  const { event } = await poll(async () =>
    (await world.events()).findLast(({ event: { code, sandbox } }) => isMeant(sandbox, code)),
  )
  return event.code
}

const refusedLogin = /did not take the login of the broker/
const refusedTerms = /did not log the broker in as the scope demands/

test('W3: PostgreSQL takes a certificate alone, and one beside a password', {
  skip: skipWithout('PostgreSQL', 'psql'),
}, async () => {
  await using server = await startPostgres({
    ...{ tls, clientRoot },
    access: [
      'hostssl all app 127.0.0.1/32 cert',
      'hostssl all keeper 127.0.0.1/32 scram-sha-256 clientcert=verify-ca',
      'hostssl all trusting 127.0.0.1/32 trust',
    ],
    statements: [
      'create role app login',
      'create role trusting login',
      `create role keeper login password '${password}'`,
      'create database app owner app',
    ],
  })
  const url = (who: string): string => `postgres://${who}@${host}:${server.port}/app`
  const asked =
    'select current_user, (select client_dn is not null from pg_stat_ssl where pid = pg_backend_pid()), current_database()'
  const ask = async (value: string, options: Omit<InjectorSpec, 'kind'> = {}) => {
    const inside = await open(server.port, { kind: 'postgres', ...options }, value)
    const { stdout, stderr } = await insideDatabase(inside).psql(asked)
    for (const line of shown.split('\n').slice(1, 3)) assert.ok(!(stdout + stderr).includes(line))
    return { inside, said: stdout.trim(), stderr }
  }
  assert.equal((await ask(shown, { user: 'app', database: 'app' })).said, 'app|t|app')
  assert.equal((await ask(`${url('app')}\n${shown}`)).said, 'app|t|app')
  assert.equal((await ask(`${url(`keeper:${password}`)}\n${shown}`, { login: 'scram' })).said, 'keeper|t|app')
  assert.match((await ask(`${url('keeper')}\n${shown}`)).stderr, refusedTerms)
  assert.match((await ask(url(`keeper:${password}`))).stderr, refusedLogin)
  // A server that asks for nothing is believed where it was shown a certificate, and nowhere else.
  assert.match((await ask(url(`trusting:${password}`))).stderr, refusedTerms)
  assert.match((await ask(`${url(`trusting:${password}`)}\n${shown}`)).stderr, refusedTerms)
  assert.match((await ask(`${url('app')}\n${shown}`, { login: 'scram' })).stderr, refusedTerms)
  const { inside, stderr } = await ask(`${url('app')}\n${stranger}`)
  assert.match(stderr, /does not take the certificate of the broker/)
  assert.equal(await lastCode(inside), 'upstream_certificate_refused')
})

test('CO-10: a certificate that is another one at its source by now is fetched anew when it is declined', {
  skip: skipWithout('PostgreSQL', 'psql'),
}, async () => {
  await using server = await startPostgres({
    ...{ tls, clientRoot },
    access: ['hostssl all app 127.0.0.1/32 cert'],
    statements: ['create role app login', 'create database app owner app'],
  })
  using source = new ChangingSource()
  const home = makeTemporaryHome()
  source.describe(home.path, `postgres://${host}`, server.port)
  source.change(stranger)
  // Whom a source trusts is the operator's to say.
  const rootsFile = join(source.folder, 'roots.pem')
  writeFileSync(rootsFile, root.certificate)
  await using own = await openWorld({ clock: source.clock, settings: { rootsFile } }, home)
  const pin = { address: '127.0.0.1', port: server.port }
  const inject = { kind: 'postgres', user: 'app', tls: 'verify' }
  const scopes = [{ to: `postgres://${host}`, pin, inject }]
  await own.client.secrets.create({ name: 'sourced', sourceName: 'file', scopes })
  const db = insideDatabase(await own.createSandbox({ secrets: { SERVICE_URL: 'sourced' } }))
  assert.match((await db.psql('select 1')).stderr, /does not take the certificate of the broker/)
  source.wait(60_000)
  source.change(shown)
  assert.equal((await db.psql('select current_user')).stdout.trim(), 'app')
})

test('W3: MariaDB takes a certificate alone, and one beside a password', {
  skip: skipWithout('MariaDB', 'mariadb'),
}, async () => {
  await using server = await startMysql({
    ...{ tls, clientRoot },
    statements: [
      'create database app',
      "create user app@'%' require subject '/CN=app'",
      `create user keeper@'%' identified by '${password}' require x509`,
      ...['app', 'keeper'].map((user) => `grant all on app.* to ${user}@'%'`),
    ],
  })
  const url = (who: string): string => `mysql://${who}@${host}:${server.port}/app`
  const ask = async (value: string, options: Omit<InjectorSpec, 'kind'> = {}) => {
    const inside = await open(server.port, { kind: 'mysql', ...options }, value)
    const { stdout, stderr } = await (await insideMysql(inside)).run('select current_user(), database()')
    return { inside, said: stdout.trim(), stderr }
  }
  assert.equal((await ask(shown, { user: 'app', database: 'app' })).said, 'app@%\tapp')
  assert.equal((await ask(`${url('app')}\n${shown}`)).said, 'app@%\tapp')
  assert.equal((await ask(`${url(`keeper:${password}`)}\n${shown}`)).said, 'keeper@%\tapp')
  assert.match((await ask(`${url('keeper')}\n${shown}`)).stderr, refusedLogin)
  assert.match((await ask(url(`keeper:${password}`))).stderr, refusedLogin)
  const { inside, said } = await ask(`${url('app')}\n${stranger}`)
  assert.equal(said, '')
  assert.match((await lastCode(inside)) ?? '', /^upstream_(?:certificate_refused|malformed)$/)
})

test('W3: Redis takes a certificate alone, and one beside a password', {
  skip: skipWithout('redis-server', 'redis-cli'),
}, async () => {
  const users = ['user default on nopass ~* &* +@all', `user app on >${password} ~* &* +@all`]
  await using server = await startRedis({ tls, clientRoot, settings: users })
  const url = (who: string): string => `rediss://${who}${host}:${server.tlsPort}`
  const ask = async (value: string) => {
    const inside = await open(server.tlsPort, { kind: 'redis' }, value)
    const { stdout, stderr } = await insideCache(inside).cli(['acl', 'whoami'])
    return { inside, said: stdout.trim(), stderr }
  }
  assert.equal((await ask(shown)).said, 'default')
  assert.equal((await ask(`${url('')}/3\n${shown}`)).said, 'default')
  assert.equal((await ask(`${url(`app:${password}@`)}\n${shown}`)).said, 'app')
  for (const value of [url(`app:${password}@`), `${url(`app:${password}@`)}\n${stranger}`]) {
    const { inside, stderr } = await ask(value)
    assert.match(stderr, /coatcheck: the service did not|does not take the certificate of the broker/)
    // It may have closed the connection before its word was read.
    assert.match((await lastCode(inside)) ?? '', /^upstream_(?:certificate_refused|malformed)$/)
  }
  server.cli('acl', 'setuser', 'default', 'resetpass', `>${password}`)
  assert.match((await ask(shown)).stderr, refusedLogin)
})

test('W3: a mail server takes a certificate by EXTERNAL', { skip: skipWithoutMail() }, async () => {
  await using server = await startExim(tls, host, password, clientRoot)
  const port = server.ports.certified
  const attempt = async (value: string, options: Omit<InjectorSpec, 'kind'> = {}) => {
    const mail = insideMail(await open(port, { kind: 'smtp', ...options }, value))
    const client = await mail.connect()
    const code = await client.logIn(mail.placeholder)
    client.socket.destroy()
    return code
  }
  assert.equal(await attempt(byMail), 235)
  assert.equal(await attempt(byMail, { user: mailUser }), 235)
  assert.equal(await attempt(`smtp://${host}:${port}\n${byMail}`), 235)
  assert.match(server.log(), /SMTP connection from/)
  for (const value of [shown, stranger, `smtp://x:${password}@${host}:${port}`]) assert.equal(await attempt(value), 454)
  assert.equal(await attempt(byMail, { user: 'somebody@service.test' }), 454)
})

test('W3: a stand-in for MongoDB takes a certificate, and one beside a password', async () => {
  const users = new Map([
    ['$external.app', { password, mechanisms: [] }],
    ['admin.both', { password, mechanisms: ['SCRAM-SHA-256'] }],
  ])
  await using server = await startMongodb({ tls, clientRoot, users })
  const at = `${host}:${server.port}`
  const attempt = async (value: string, options: Omit<InjectorSpec, 'kind'> = {}) => {
    const inside = await open(server.port, { kind: 'mongodb', tls: 'verify', ...options }, value)
    const name = new URL(inside.sandbox.connect.env['MONGODB_URI']!)
    const client = await MongodbClient.connect(await inside.addressOf(name.hostname), inside.portOf(27_017))
    const said = await client.logIn(name.password)
    client.socket.destroy()
    return said['ok'] === 1 ? server.connections.at(-1)?.user : String(said['errmsg'])
  }
  assert.equal(await attempt(shown), 'app')
  assert.equal(await attempt(`mongodb://${at}/app?authMechanism=MONGODB-X509&authSource=%24external\n${shown}`), 'app')
  assert.equal(await attempt(`mongodb://CN%3Dapp@${at}/app\n${shown}`), 'app')
  assert.equal(await attempt(`mongodb://both:${password}@${at}/app?authSource=admin\n${shown}`), 'both')
  assert.match((await attempt(`mongodb://CN%3Dother@${at}/app\n${shown}`)) ?? '', refusedLogin)
  assert.match((await attempt(stranger)) ?? '', refusedLogin)
  assert.match((await attempt(shown, { login: 'scram-sha-256' })) ?? '', refusedTerms)
})

test('SEC-10: no record holds anything of a key', async () => {
  const journal = JSON.stringify(await world.events())
  for (const text of [shown, byMail, stranger]) {
    for (const line of text.split('\n').filter((each) => each.length > 32)) assert.ok(!journal.includes(line))
  }
})
