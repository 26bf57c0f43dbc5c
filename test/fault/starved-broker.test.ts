import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openClientConnection } from '../wire/client-connection.ts'
import { poll } from '../wire/poll.ts'
import type { Inside } from '../wire/world.ts'
import { ChildBroker } from './child-broker.ts'

const api = 'api.service.test'
/** Descriptors of the broker, and connections that somebody in a sandbox opens. */
const openFiles = 256
const crowd = 500

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-starved-'))
const key = makeCanary('sk-live-').value
const root = createTlsRoot()

let origin: VerifyingServer
let broker: ChildBroker
let inside: Inside

before(async () => {
  mkdirSync(join(folder, 'home'), { mode: 0o700 })
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key }] } })
  broker = new ChildBroker({ home: join(folder, 'home'), compileCache: join(folder, 'cache'), openFiles })
  await broker.loaded
  await broker.start()
  const pin = { address: '127.0.0.1', port: origin.port }
  const scopes = [{ to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate } as const]
  await broker.client.secrets.create({ name: 'api', value: key, scopes })
  inside = await broker.createSandbox({ secrets: { KEY: 'api' } })
})

after(async () => {
  await broker.stop()
  await origin.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Asks the management API on one connection that is kept. */
async function ask(agent: Agent, path: string): Promise<readonly [status: number, text: string]> {
  const socketPath = join(folder, 'home', 'run', 'broker.sock')
  const request = httpRequest({ agent, socketPath, path, headers: { host: 'localhost' } }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return [response.statusCode ?? 0, Buffer.concat(await response.toArray()).toString()]
}

/** Opens connections until the broker has no descriptor left. */
async function starve(sockets: Socket[]): Promise<void> {
  const address = await inside.addressOf('coatcheck.internal')
  for (let count = 0; count < crowd; count += 1) {
    const socket = connect(inside.portOf(80), address)
    sockets.push(socket.on('error', () => {}).resume())
    await once(socket, 'connect')
  }
  await poll(() => (sockets.some(({ destroyed }) => destroyed) ? true : undefined))
}

async function recover(agent: Agent, sockets: Socket[]): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy()
  await poll(async () => ((await ask(agent, '/readyz'))[0] === 200 ? true : undefined))
}

test('AC-23.2, AC-23.3: without a descriptor left, a broker hangs up on newcomers, says so, and recovers', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const bearer = ['Authorization', `Bearer ${inside.placeholder('KEY')}`] as const
  const sockets: Socket[] = []
  try {
    using client = await openClientConnection(inside, api)
    assert.equal((await ask(agent, '/readyz'))[0], 200)
    await starve(sockets)
    const [status, text] = await ask(agent, '/readyz')
    assert.deepEqual([status, JSON.parse(text).code], [503, 'listeners_unready'])
    // Who is connected is answered, and nothing goes out that could not be carried.
    const refused = await client.send({ target: '/json', headers: [bearer] })
    assert.ok([502, 503].includes(refused.status), String(refused.code))
    const { instance } = JSON.parse(refused.text) as { instance: string }

    await recover(agent, sockets)
    assert.equal((await client.send({ target: '/json', headers: [bearer] })).status, 200)
    assert.equal((await inside.send({ host: api, target: '/json', headers: [bearer] })).status, 200)
    const { items } = await broker.client.audit.list({ limit: 1000 })
    assert.notEqual(items.find(({ id }) => id === instance)?.event.code, undefined)
    // Nobody had their hands in anything.
    assert.ok(items.every(({ event }) => event.kind !== 'alarm.raised'))
    assert.deepEqual(broker.faults, [])
  } finally {
    agent.destroy()
    for (const socket of sockets) socket.destroy()
  }
})

test('AC-23.3: a first scrape without a descriptor left is told so, and the next one is answered', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sockets: Socket[] = []
  try {
    assert.equal((await ask(agent, '/readyz'))[0], 200)
    await starve(sockets)
    const [status, text] = await ask(agent, '/metrics')
    assert.deepEqual([status, JSON.parse(text).code], [503, 'listeners_unready'])
    await recover(agent, sockets)
    assert.match((await ask(agent, '/metrics'))[1], /^coatcheck_listeners_ok 1$/m)
    await starve(sockets)
    assert.match((await ask(agent, '/metrics'))[1], /^coatcheck_listeners_ok 0$/m)
    await recover(agent, sockets)
    assert.match((await ask(agent, '/metrics'))[1], /^coatcheck_listeners_ok 1$/m)
    assert.deepEqual(broker.faults, [])
  } finally {
    agent.destroy()
    for (const socket of sockets) socket.destroy()
  }
})
