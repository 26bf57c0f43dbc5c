import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { poll } from './poll.ts'
import { fieldOf, firstColumn, PostgresClient } from './postgres-client.ts'
import { openPostgresScene, type PostgresScene } from './postgres-scene.ts'
import { openWorld } from './world.ts'

const skip = skipWithout('PostgreSQL', 'psql')
let scene: PostgresScene

before(async () => {
  if (skip !== false) return
  const listen = { host: '127.0.0.1', port: await freePort() }
  scene = await openPostgresScene(undefined, undefined, { proxy: { listen } })
  await scene.store('db', 'app')
})

after(() => scene?.[Symbol.asyncDispose]())

function register(input: object = {}): Promise<CreatedSandbox> {
  return scene.world.client.sandboxes.create({ secrets: { DATABASE_URL: 'db' }, ...input })
}

function psql(env: Readonly<Record<string, string>>, statement: string) {
  const args = ['-X', '-A', '-t', '-q', '-c', statement, env['DATABASE_URL']!]
  return runToEnd(['/usr/bin/psql', ...args], { env: { LC_ALL: 'C.UTF-8' } })
}

function portOf({ connect: { env } }: Pick<CreatedSandbox, 'connect'>): number {
  return Number(env['PGPORT'])
}

async function isClosed(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  const failed = await once(socket, 'connect').then(
    () => false,
    () => true,
  )
  socket.destroy()
  return failed
}

async function loggedIn(sandbox: CreatedSandbox): Promise<PostgresClient> {
  const client = await PostgresClient.connect('127.0.0.1', portOf(sandbox))
  const messages = await client.logIn(sandbox.connect.env['PGPASSWORD']!)
  assert.equal(messages.at(-1)?.type, 'Z')
  return client
}

test('W5: a registered sandbox finds its database at a port of its own, and the URL works as it is', {
  skip,
}, async () => {
  const sandbox = await register()
  const { env } = sandbox.connect
  assert.equal(env['PGHOST'], '127.0.0.1')
  const { stdout, stderr } = await psql(env, 'select current_user')
  assert.deepEqual([stdout.trim(), stderr], ['app', ''])
  assert.ok(!JSON.stringify(env).includes(String(scene.server.port)))
})

test('CO-02: at a port too, guesses and the real password are refused, and nothing is dialled', { skip }, async () => {
  const sandbox = await register()
  const other = await register()
  const dialled = scene.server.log().split('connection received').length
  for (const password of ['wrong', '', scene.canary.value, other.connect.env['PGPASSWORD']!]) {
    const client = await PostgresClient.connect('127.0.0.1', portOf(sandbox))
    const [refusal] = (await client.logIn(password)).slice(-1)
    assert.equal(fieldOf(refusal!, 'C'), '28P01')
  }
  assert.equal(scene.server.log().split('connection received').length, dialled)
})

test('those who show nothing never keep out who has the placeholder', { skip }, async () => {
  const sandbox = await register()
  const silent = []
  for (let count = 0; count < 80; count += 1) silent.push(await PostgresClient.connect('127.0.0.1', portOf(sandbox)))
  const client = await loggedIn(sandbox)
  assert.deepEqual(firstColumn(await client.query('select 1')), ['1'])
  await silent[0]!.closed()
  for (const { socket } of [...silent, client]) socket.destroy()
})

test('CO-09: a port lives and dies with its grant, and so do its sessions', { skip }, async () => {
  const { client } = scene.world
  const ends: readonly ((sandbox: CreatedSandbox) => Promise<unknown>)[] = [
    ({ id }) => client.sandboxes.detach(id, 'DATABASE_URL'),
    ({ id }) => client.sandboxes.end(id),
    ({ id }) => client.sandboxes.attach(id, 'DATABASE_URL', { secret: 'db' }),
  ]
  for (const end of ends) {
    const sandbox = await register()
    const session = await loggedIn(sandbox)
    await end(sandbox)
    await session.closed()
    assert.ok(await poll(async () => (await isClosed(portOf(sandbox))) || undefined))
  }
})

test('CO-09: a grant that expires takes its port and its sessions along', { skip }, async () => {
  const sandbox = await register({ secrets: {} })
  const attached = await scene.world.client.sandboxes.attach(sandbox.id, 'DATABASE_URL', {
    secret: 'db',
    ttlSeconds: 2,
  })
  const held = { ...sandbox, connect: { ...sandbox.connect, env: attached.env } }
  const session = await loggedIn(held)
  await session.closed()
  assert.ok(await poll(async () => (await isClosed(portOf(held))) || undefined))
})

test('what is attached later has a port at once', { skip }, async () => {
  const { client } = scene.world
  const sandbox = await client.sandboxes.create({})
  const { env } = await client.sandboxes.attach(sandbox.id, 'DATABASE_URL', { secret: 'db' })
  assert.equal((await psql(env, 'select 3')).stdout.trim(), '3')
  const again = await client.sandboxes.connect(sandbox.id)
  assert.equal(again.env['DATABASE_URL'], env['DATABASE_URL'])
})

test('SEC-08: a port takes nobody from outside the place that was said', { skip }, async () => {
  const sandbox = await register({ from: ['127.0.0.9'] })
  const client = await PostgresClient.connect('127.0.0.1', portOf(sandbox))
  await client.closed()
  assert.equal(client.heard.length, 0)
  const refused = await poll(async () =>
    (await scene.world.events()).find(
      ({ event }) => event.sandbox === sandbox.id && event.code === 'sandbox_elsewhere',
    ),
  )
  assert.equal(refused?.event.kind, 'connection.refused')
})

test('no secret leads back to a port of the broker', { skip }, async () => {
  const sandbox = await register()
  const to = `postgres://db.service.test:${portOf(sandbox)}`
  await scene.store('loop', 'app', { scope: { to }, value: `postgres://app:x@db.service.test:${portOf(sandbox)}/app` })
  const looped = await register({ secrets: { DATABASE_URL: 'loop' } })
  const client = await PostgresClient.connect('127.0.0.1', portOf(looped))
  await client.logIn(looped.connect.env['PGPASSWORD']!)
  await client.closed()
  const found = await poll(async () =>
    (await scene.world.events()).find(({ event }) => event.code === 'destination_ip_prohibited'),
  )
  assert.equal(found?.event.kind, 'connection.completed')
})

test('a client that insists on TLS gets it at a port, from the authority of its sandbox', { skip }, async () => {
  const sandbox = await register()
  const { PGPORT = '', PGPASSWORD = '' } = sandbox.connect.env
  const env = { PGHOST: 'localhost', PGPORT, PGPASSWORD, PGSSLMODE: 'require', PGDATABASE: 'app', PGUSER: 'a' }
  const { stdout, stderr } = await runToEnd(['/usr/bin/psql', '-X', '-A', '-t', '-c', 'select 4'], { env })
  assert.deepEqual([stdout.trim(), stderr], ['4', ''])
})

test('after a restart of the broker the port is the same', { skip }, async () => {
  using home = makeTemporaryHome()
  const kept = { path: home.path, [Symbol.dispose]: () => {} }
  const settings = { proxy: { listen: { host: '127.0.0.1', port: await freePort() } } }
  const first = await openWorld({ settings }, kept)
  await first.client.secrets.create(scene.secret('db', 'app'))
  const { env } = (await first.client.sandboxes.create({ secrets: { DATABASE_URL: 'db' } })).connect
  await first[Symbol.asyncDispose]()
  assert.ok(await isClosed(Number(env['PGPORT'])))
  await using _second = await openWorld({ settings }, kept)
  const { stdout, stderr } = await psql(env, 'select 2')
  assert.deepEqual([stdout.trim(), stderr], ['2', ''])
})

test('W5: without an open door there is nowhere to connect to, and the secret is refused', { skip }, async () => {
  await using closed = await openWorld()
  await closed.client.secrets.create(scene.secret('db', 'app'))
  const asked = closed.client.sandboxes.create({ secrets: { DATABASE_URL: 'db' } })
  await assert.rejects(asked, { code: 'connection_unreachable' })
})

test('SEC-08: off loopback there are ports where the operator said, for sandboxes that said where they are', {
  skip,
}, async () => {
  const listen = { host: '127.0.0.1', port: 0 }
  const settings = { proxy: { listen, publicUrl: 'http://localhost:9', connections: '0.0.0.0:24000-24999' } }
  await using everywhere = await openWorld({ settings })
  await everywhere.client.secrets.create(scene.secret('db', 'app'))
  const ask = (input: object) => everywhere.client.sandboxes.create({ secrets: { DATABASE_URL: 'db' }, ...input })
  for (const input of [{}, { from: ['0.0.0.0/0'] }])
    await assert.rejects(ask(input), { code: 'connection_unreachable' })
  const { env } = (await ask({ from: ['127.0.0.1'] })).connect
  assert.equal(env['PGHOST'], 'localhost')
  assert.match(env['PGPORT'] ?? '', /^24\d{3}$/)
  assert.equal((await psql(env, 'select 5')).stdout.trim(), '5')
})

test('W5: a run without a fence finds its database by the variables that psql reads', { skip }, async () => {
  using home = makeTemporaryHome()
  const coatcheck = makeCoatcheckCommand(home.path)
  const { value = '', scopes } = scene.secret('db', 'app')
  const { to, roots } = scopes![0]!
  const file = join(home.path, 'roots.pem')
  writeFileSync(file, roots!)
  const scope = ['--to', to, '--inject', 'postgres', '--pin', `127.0.0.1:${scene.server.port}`, '--roots', file]
  const { code, stderr } = await coatcheck.run(['secret', 'create', 'db', ...scope], { stdin: value })
  assert.equal(code, 0, stderr)
  const command = ['psql', '-X', '-A', '-t', '-c', "select 'as ' || current_user"]
  const run = await coatcheck.run(['run', '--advisory', '--quiet', '--secret', 'DATABASE_URL=db', '--', ...command])
  assert.equal(run.stdout.trim(), 'as app', run.stderr)
})
