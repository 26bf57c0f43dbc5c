import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type ClientConnection, openClientConnection } from '../wire/client-connection.ts'
import { makeScriptedRoute } from '../wire/scripted-route.ts'
import { type Inside, openWorld, type Received, receive, type World } from '../wire/world.ts'

const host = 'api.service.test'
const open = 'open.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const scripted = makeScriptedRoute()

let origin: VerifyingServer
let world: World
let inside: Inside
let connection: ClientConnection
let directory: string

before(async () => {
  const hosts = { [host]: [{ scheme: 'bearer', value: key.value }] as const, [open]: 'public' } as const
  origin = await startOrigin({ root, hosts, routes: scripted.routes })
})

after(() => origin.close())

/** Everything is closed after the test. */
async function openScene(context: TestContext): Promise<void> {
  world = await openWorld()
  context.after(async () => {
    connection[Symbol.dispose]()
    await world[Symbol.asyncDispose]()
  })
  directory = join(world.home, 'data', 'audit')
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, network: { allow: [{ to: open, pin }] } })
  connection = await openClientConnection(inside, host)
  assert.equal((await send()).status, 200)
}

function bearer(): readonly [string, string] {
  return ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]
}

function send(): Promise<Received> {
  return connection.send({ target: '/json', headers: [bearer()] })
}

/** That nothing is let through, inspected, tunnelled or managed, while the journal cannot be written. */
async function assertNothingPasses(): Promise<void> {
  const [dials, requests] = [origin.dials, origin.requests.length]
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { status, code } = await send()
    assert.deepEqual([status, code], [503, 'audit_unavailable'])
  }
  const foreign = await connection.send({ headers: [['Authorization', 'Bearer somebody-elses-key-0123456789']] })
  assert.ok(foreign.status >= 400)
  await assert.rejects(inside.connectTls(open), { code: 'ECONNRESET' })
  const scopes: readonly Scope[] = [{ to: 'new.service.test', inject: { kind: 'bearer' } }]
  const created = world.client.secrets.create({ name: 'new', value: makeCanary('new-').value, scopes })
  await assert.rejects(created, { code: 'audit_unavailable' })
  await assert.rejects(world.createSandbox({}), { code: 'audit_unavailable' })
  assert.deepEqual([origin.dials, origin.requests.length], [dials, requests])
  assert.equal((await world.client.status()).journal, 'failing')
}

async function assertEverythingPasses(): Promise<void> {
  assert.equal((await send()).status, 200)
  assert.equal((await world.client.status()).journal, 'ok')
  const { items } = await world.client.secrets.list()
  assert.deepEqual(
    items.map(({ name }) => name),
    ['api'],
    'what the journal does not know did not come into being',
  )
}

/** Takes the journal away and leaves something in its place. */
function blockJournal(): void {
  rmSync(directory, { recursive: true })
  writeFileSync(directory, '')
}

function unblockJournal(): void {
  rmSync(directory)
}

test('while the journal cannot be written nothing is dialled; afterwards all goes on, and the loss is seen (R-45)', async (context) => {
  await openScene(context)
  blockJournal()
  await assertNothingPasses()
  unblockJournal()
  await assertEverythingPasses()
  assert.equal((await world.client.audit.verify()).ok, false)
})

test('a journal that was removed is missed: the request at that moment is refused, and the verification says so (R-45)', async (context) => {
  await openScene(context)
  rmSync(directory, { recursive: true })
  const dials = origin.dials
  const { status, code } = await send()
  assert.deepEqual([status, code], [503, 'audit_unavailable'])
  assert.equal(origin.dials, dials)
  await assertEverythingPasses()
  assert.equal((await world.client.audit.verify()).ok, false)
})

test('when the disk takes no more nothing is dialled; once there is room all goes on (R-45)', {
  skip: skipWithout('prlimit'),
}, async (context) => {
  await openScene(context)
  const limit = (soft: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:`])
  const journals = readdirSync(directory).filter((name) => name.endsWith('.jsonl'))
  const longest = Math.max(...journals.map((name) => statSync(join(directory, name)).size))
  const dials = origin.dials
  // Files of this process may grow to where the journal ends, and 10 bytes more: the next line is torn.
  limit(String(longest + 10))
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status, code } = await send()
      assert.deepEqual([status, code], [503, 'audit_unavailable'])
    }
    await assert.rejects(inside.connectTls(open), { code: 'ECONNRESET' })
  } finally {
    limit('unlimited')
  }
  assert.equal(origin.dials, dials)
  await assertEverythingPasses()
  const { ok, faults } = await world.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
})

test('a response whose end cannot be recorded is broken off before its end (R-45)', async (context) => {
  await openScene(context)
  const arrived = scripted.next()
  const opened = connection.open({ target: '/scripted/unrecorded', headers: [bearer()] })
  const { response } = await arrived
  response.write('everything but the end')
  const received = await opened
  await once(received, 'readable')
  blockJournal()
  response.end()
  await assert.rejects(receive(received), { code: 'ECONNRESET' })
  unblockJournal()
  connection = await openClientConnection(inside, host)
  await assertEverythingPasses()
})

test('a response without a body whose end cannot be recorded is not given (R-45)', async (context) => {
  await openScene(context)
  const arrived = scripted.next()
  const opened = connection.open({ method: 'DELETE', target: '/scripted/unrecorded', headers: [bearer()] })
  const { response } = await arrived
  rmSync(directory, { recursive: true })
  // The file was looked at for the intent, and is not looked at again within the same millisecond.
  await wait(5)
  response.writeHead(204).end()
  const { status, code } = await receive(await opened)
  assert.deepEqual([status, code], [503, 'audit_unavailable'])
})
