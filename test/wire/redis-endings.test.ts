import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import { poll } from './poll.ts'
import { command, type RedisClient } from './redis-client.ts'
import { cacheHost, type InsideCache, openRedisScene, type RedisScene } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
let scene: RedisScene
let cache: InsideCache
let source: ChangingSource

before(async () => {
  if (skip !== false) return
  source = new ChangingSource()
  scene = await openRedisScene((home, { port }) => source.describe(home, `redis://${cacheHost}`, port), source.clock)
  source.change(scene.canary.value)
  await scene.store('cache')
  cache = await scene.open('cache')
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

/** Connections that the server has, beside that of whoever asks. */
function upstreamSessions(): number {
  return Number(/connected_clients:(\d+)/.exec(scene.server.cli('info', 'clients'))![1]) - 1
}

async function noneUpstream(): Promise<void> {
  await poll(() => (upstreamSessions() === 0 ? true : undefined))
}

test('RD-08: a value of 128 MB streams both ways, and is not held', { skip }, async () => {
  const client = await cache.logIn()
  const size = 134_217_728
  const chunk = Buffer.alloc(1_048_576, 'x')
  const { socket } = client
  socket.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${size}\r\n`)
  let most = 0
  for (let sent = 0; sent < size; sent += chunk.length) {
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve))
    if (sent % (32 * chunk.length) === 0) most = Math.max(most, connectorMemory())
  }
  socket.write('\r\n')
  assert.equal(await client.reply(), 'OK')
  assert.ok(most < 150_000, `kB: ${most}`)
  assert.equal(await client.call('STRLEN', 'big'), size)
  socket.destroy()
})

test('CO-07: a client that stops reading a long result holds the service up, and not the memory', {
  skip,
}, async () => {
  const client = await cache.logIn()
  client.socket.pause()
  client.socket.write(command('GET', 'big'))
  const waiting = (): number => Number(/tot-mem=(\d+)[^\n]* cmd=get/.exec(scene.server.cli('client', 'list'))?.[1] ?? 0)
  await poll(() => (waiting() > 60_000_000 ? true : undefined))
  assert.ok(connectorMemory() < 150_000, `kB: ${connectorMemory()}`)
  client.socket.destroy()
  await noneUpstream()
  scene.server.cli('del', 'big')
})

test('CO-09: a sandbox that expires takes a client along that waits for something', { skip }, async () => {
  const place = await scene.open('cache')
  const client = await place.logIn()
  client.socket.write(command('BLPOP', 'nothing', '0'))
  await poll(() => (scene.server.cli('info', 'clients').includes('blocked_clients:1') ? true : undefined))
  await scene.world.client.sandboxes.renew(place.inside.sandbox.id, 1)
  await client.closed()
  await noneUpstream()
})

const endings: readonly (readonly [string, (place: InsideCache) => Promise<unknown>])[] = [
  ['a grant that is revoked', ({ inside }) => scene.world.client.grants.end(inside.sandbox.grants[0]!.id)],
  ['a sandbox that is ended', ({ inside }) => scene.world.client.sandboxes.end(inside.sandbox.id)],
  [
    'a scope that is written anew',
    async () => {
      const { scopes } = await scene.world.client.secrets.get('cache')
      const inject = { kind: 'redis', access: 'read-only' }
      const value = `rediss://default:${scene.canary.value}@${cacheHost}:${scene.server.tlsPort}`
      await scene.world.client.secrets.update('cache', { scopes: scopes.map((scope) => ({ ...scope, inject })), value })
    },
  ],
]

for (const [what, act] of endings) {
  test(`CO-09, N2: ${what} takes its live session along`, { skip }, async () => {
    const place = await scene.open('cache')
    const client = await place.logIn()
    await client.call('PING')
    await act(place)
    await client.closed()
    // In the middle of a reply, a word of ours could be taken for a part of it.
    assert.equal(client.heard.toString(), '+OK\r\n+PONG\r\n')
    await noneUpstream()
    const { event } = await poll(async () =>
      (await scene.world.events()).findLast(
        ({ event: { code, sandbox } }) => code !== undefined && sandbox === place.inside.sandbox.id,
      ),
    )
    assert.equal(event.kind, 'connection.completed')
    assert.match(event.code ?? '', /^(?:grant_ended|sandbox_expired)$/)
  })
}

test('CO-08: whoever dies, nothing stays: sessions, descriptors, connections to the service', { skip }, async () => {
  await cache.logIn().then(({ socket }) => socket.destroy())
  await noneUpstream()
  const pid = connectorProcesses().at(-1)
  const open = (): number => readdirSync(`/proc/${process.pid}/fd`).length + readdirSync(`/proc/${pid}/fd`).length
  const before = open()
  for (let round = 0; round < 120; round += 1) {
    const client: RedisClient = await cache.connect()
    const way = round % 6
    if (way === 0) client.socket.destroy()
    else if (way === 1) client.socket.end(command('AUTH', 'guess'))
    else if (way === 2) client.socket.end(Buffer.concat([command('AUTH', cache.placeholder), command('PING')]))
    else {
      await client.call('AUTH', cache.placeholder)
      if (way === 3) client.socket.resetAndDestroy()
      else if (way === 4) client.socket.end(Buffer.concat([command('RESET'), command('PING')]))
      else {
        scene.server.cli('client', 'kill', 'user', 'default')
        await client.closed()
      }
    }
  }
  await noneUpstream()
  await poll(() => (open() <= before ? true : undefined))
})

test('CO-10: a password that was changed is taken by the next login, and open sessions go on', { skip }, async () => {
  const { canary, server, world } = scene
  const url = (password: string): string => `redis://turning:${password}@${cacheHost}:${server.port}`
  const next = `${canary.value}-next`
  server.cli('acl', 'setuser', 'turning', 'on', `>${canary.value}`, '~*', '&*', '+@all')
  await scene.store('turning', { inject: { tls: 'off' }, value: url(canary.value) })
  const place = await scene.open('turning')
  const client = await place.logIn()
  server.cli('acl', 'setuser', 'turning', `>${next}`)
  await world.client.secrets.rotate('turning', url(next))
  server.cli('acl', 'setuser', 'turning', `<${canary.value}`)
  assert.equal(await client.call('ACL', 'WHOAMI'), 'turning')
  assert.equal((await place.cli(['ping'])).stdout.trim(), 'PONG')
  // A login that was given up is taken anew, with the value of that moment.
  assert.equal(await client.call('RESET'), 'RESET')
  assert.equal(await client.call('AUTH', place.placeholder), 'OK')
  assert.equal(await client.call('PING'), 'PONG')
  client.socket.destroy()
  server.cli('acl', 'deluser', 'turning')
  assert.match((await place.cli(['ping'])).stderr, /did not take the login of the broker/)
})

test('CO-10: a password that changed at its source is fetched anew when it is declined, and the client does not notice', {
  skip,
}, async () => {
  const { canary, server, world } = scene
  const pin = { address: '127.0.0.1', port: server.port }
  const scopes = [{ to: `redis://${cacheHost}`, pin, inject: { kind: 'redis', user: 'sourced', tls: 'off' } }]
  await world.client.secrets.create({ name: 'sourced', sourceName: 'file', scopes })
  server.cli('acl', 'setuser', 'sourced', 'on', `>${canary.value}`, '~*', '+@all')
  const place = await scene.open('sourced')
  assert.equal((await place.cli(['ping'])).stdout.trim(), 'PONG')
  source.wait(60_000)
  const next = `${canary.value}-fetched`
  server.cli('acl', 'setuser', 'sourced', 'resetpass', `>${next}`)
  source.change(next)
  const { stdout, stderr } = await place.cli(['ping'])
  assert.deepEqual([stdout.trim(), stderr], ['PONG', ''])
  assert.match(server.cli('acl', 'log'), /sourced/)
})

test('W8: a locked vault ends every session, and lets none begin', { skip }, async () => {
  const client = await cache.logIn()
  await scene.world.client.vault.lock()
  await client.closed()
  const refused = await cache.connect()
  await refused.closed()
  await scene.world.client.vault.unlock()
  await cache.logIn().then(({ socket }) => socket.destroy())
})

test('CO-01: who is silent, or says a byte now and then, is cut off; so is a login that the service does not answer', {
  skip,
}, async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await scene.store('mute', { value: scene.canary.value, scope: { to: `redis://${cacheHost}:${port}` } })
  const place = await scene.open('mute')
  const [silent, slow, given, mute] = [
    await cache.connect(),
    await cache.connect(),
    await cache.logIn(),
    await place.connect(),
  ]
  mute.socket.write(command('AUTH', place.placeholder))
  given.socket.write(command('RESET'))
  const timer = setInterval(() => slow.socket.write(Buffer.from('*')), 1_500)
  await Promise.all([silent, slow, given, mute].map((client) => client.closed()))
  clearInterval(timer)
  server.close()
  assert.match(mute.heard.toString(), /^-ERR coatcheck: the service did not answer in time/)
})
