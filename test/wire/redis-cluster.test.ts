import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { freePort } from '../fixtures/free-port.ts'
import { type RedisServer, startRedis } from '../fixtures/redis-server.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { cacheHost, type InsideCache, openRedisScene, type RedisScene } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
let scene: RedisScene
/** A node that has every slot, one that has none, and a Sentinel that watches a server. */
let full: RedisServer
let empty: RedisServer
let sentinel: RedisServer

before(async () => {
  if (skip !== false) return
  scene = await openRedisScene()
  const users = [`user default on >${scene.canary.value} ~* &* +@all`]
  const node = async (): Promise<RedisServer> =>
    startRedis({ settings: [...users, 'cluster-enabled yes', `cluster-port ${await freePort()}`] })
  full = await node()
  empty = await node()
  full.cli('cluster', 'addslotsrange', '0', '16383')
  const busPort = /cluster_bus_port|@(\d+)/.exec(full.cli('cluster', 'nodes'))![1]!
  empty.cli('cluster', 'meet', '127.0.0.1', String(full.port), busPort)
  await poll(() => (/cluster_state:ok/.test(empty.cli('cluster', 'info')) ? true : undefined))
  const watch = `sentinel monitor main 127.0.0.1 ${scene.server.port} 1`
  sentinel = await startRedis({ isSentinel: true, settings: [...users, watch] })
})

after(async () => {
  for (const server of [full, empty, sentinel]) await server?.[Symbol.asyncDispose]()
  await scene?.[Symbol.asyncDispose]()
})

/** A sandbox with a secret for one of the servers. */
async function openAt(name: string, { port }: RedisServer): Promise<InsideCache> {
  await scene.store(name, {
    value: `redis://default:${scene.canary.value}@${cacheHost}:${port}`,
    scope: { to: `redis://${cacheHost}:${port}` },
    inject: { tls: 'off' },
  })
  return scene.open(name)
}

/** What of the servers stands in a text. */
function placesIn(text: string): readonly string[] {
  const places = [full, empty, sentinel, scene.server].flatMap(({ port, tlsPort }) => [port, tlsPort].map(String))
  return [...places, '127.0.0.1', cacheHost].filter((place) => new RegExp(`(?<!\\d)${place}(?!\\d)`).test(text))
}

const elsewhere = /coatcheck: the key is on another node of the cluster \(slot \d+\)/

test('section 4: a node of a cluster that has a key serves it, and one that has not says no address', {
  skip,
}, async () => {
  const there = await (await openAt('full', full)).logIn()
  assert.equal(await there.call('SET', 'a', '-MOVED 1 10.0.0.1:6379'), 'OK')
  assert.equal(await there.call('GET', 'a'), '-MOVED 1 10.0.0.1:6379')
  assert.equal(await there.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'a'), '-MOVED 1 10.0.0.1:6379')
  there.socket.destroy()
  const client = await (await openAt('empty', empty)).logIn()
  for (const words of [
    ['GET', 'a'],
    ['SET', 'a', '1'],
    ['EVAL', 'return 1', '1', 'a'],
    ['SSUBSCRIBE', 'a'],
  ])
    assert.match(String(await client.call(...words)), elsewhere)
  assert.equal(await client.call('MULTI'), 'OK')
  assert.match(String(await client.call('GET', 'a')), elsewhere)
  assert.match(String(await client.call('EXEC')), /^-EXECABORT/)
  assert.equal(await client.call('PING'), 'PONG')
  assert.deepEqual(placesIn(client.heard.toString('latin1')), [])
  client.socket.destroy()
})

test('section 4: a key that is on its way to another node is answered without an address', { skip }, async () => {
  const cache = await openAt('moving', full)
  const slot = full.cli('cluster', 'keyslot', 'b')
  full.cli('cluster', 'setslot', slot, 'migrating', empty.cli('cluster', 'myid'))
  const client = await cache.logIn()
  assert.match(String(await client.call('GET', 'b')), elsewhere)
  full.cli('cluster', 'setslot', slot, 'stable')
  assert.equal(await client.call('GET', 'b'), null)
  assert.deepEqual(placesIn(client.heard.toString('latin1')), [])
  client.socket.destroy()
})

test('section 4: what shows the nodes of a cluster is refused, and what does not is answered', { skip }, async () => {
  const client = await (await openAt('topology', full)).logIn()
  for (const part of ['SLOTS', 'SHARDS', 'NODES', 'LINKS', 'REPLICAS', 'MYSHARDID'])
    assert.match(String(await client.call('CLUSTER', part)), /coatcheck\.refused/)
  assert.match(String(await client.call('ROLE')), /coatcheck\.refused/)
  assert.match(String(await client.call('CLUSTER', 'INFO')), /cluster_state:ok/)
  assert.deepEqual(placesIn(client.heard.toString('latin1')), [])
  client.socket.destroy()
})

test('redis-cli, ioredis and node-redis are told what is the matter, and are led nowhere', { skip }, async () => {
  const cache = await openAt('clients', empty)
  const { host, port } = await cache.address()
  const { placeholder: password } = cache
  const { stdout, stderr } = await cache.cli(['-c', 'get', 'a'])
  assert.match(stdout + stderr, elsewhere)
  assert.deepEqual(placesIn((stdout + stderr).replaceAll(`${host}:${port}`, '')), [])

  const plain = new Redis({ host, port, password, retryStrategy: () => null })
  await assert.rejects(plain.get('a'), elsewhere)
  plain.disconnect()

  const cluster = new Cluster([{ host, port }], {
    redisOptions: { password },
    clusterRetryStrategy: () => null,
    lazyConnect: true,
  })
  cluster.on('error', () => {})
  await assert.rejects(cluster.connect(), /None of startup nodes is available|slots cache/)
  cluster.disconnect()

  const nodes = createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }], defaults: { password } })
  nodes.on('error', () => {})
  await assert.rejects(nodes.connect())
  nodes.destroy()
})

test('section 4: a Sentinel is no service, and says nothing of what it watches', { skip }, async () => {
  assert.match(sentinel.cli('sentinel', 'get-master-addr-by-name', 'main'), new RegExp(String(scene.server.port)))
  const cache = await openAt('sentinel', sentinel)
  const client = await cache.connect()
  const reply = await client.call('AUTH', 'default', cache.placeholder)
  assert.match(String(reply), /^-ERR coatcheck: the service is a Sentinel; name the server that it watches/)
  await client.closed()
  assert.deepEqual(placesIn(client.heard.toString('latin1')), [])
  const { event } = await poll(async () =>
    (await scene.world.events()).find((row) => row.event.code === 'session_refused'),
  )
  assert.equal(event.note, 'login, a Sentinel')
})
