import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { skipWithout } from '../fixtures/requirements.ts'
import { type InsideCache, openRedisScene, type RedisScene } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
let scene: RedisScene
let cache: InsideCache

before(async () => {
  if (skip !== false) return
  scene = await openRedisScene()
  await scene.store('cache')
  cache = await scene.open('cache')
})

after(() => scene?.[Symbol.asyncDispose]())

/** The URL of the sandbox, but for the address and port of the test. */
async function urlOf(): Promise<string> {
  const { host, port } = await cache.address()
  const url = new URL(cache.inside.sandbox.connect.env['CACHE_URL']!)
  return `${url.protocol}//${url.username}:${url.password}@${host}:${port}`
}

test('redis-cli: RESP2 and RESP3, many commands, a script, and a URL', { skip }, async () => {
  const lines = ['set a 1', 'incr a', 'config get requirepass', 'multi', 'incr a', 'exec', 'get a']
  for (const mode of ['-2', '-3']) {
    const { stdout } = await cache.cli([mode], `${lines.join('\n')}\n`)
    assert.match(stdout, /^OK\n2\n.*coatcheck\.refused.*\n\nOK\nQUEUED\n3\n3\n$/s)
  }
  const script = await cache.cli(['eval', "return redis.call('get', KEYS[1])", '1', 'a'])
  assert.equal(script.stdout.trim(), '3')
  assert.equal((await cache.cli(['-u', await urlOf(), 'ping'])).stdout.trim(), 'PONG')
  const wrong = await cache.cli(['-a', 'guess', 'get', 'a'])
  assert.match(wrong.stdout + wrong.stderr, /NOAUTH.*WRONGPASS/s)
})

test('ioredis: pipelines, transactions, pub/sub, scripts and binary values', { skip }, async () => {
  const client = new Redis(await urlOf(), { retryStrategy: null, db: 2 })
  const listener = client.duplicate()
  try {
    const pipeline = client.pipeline()
    for (let index = 0; index < 4_000; index += 1) pipeline.set(`k${index}`, `v${index}`)
    pipeline.config('GET', 'requirepass')
    pipeline.get('k3999')
    const results = (await pipeline.exec())!
    assert.deepEqual(
      results.slice(0, 4_000).filter(([error]) => error !== null),
      [],
    )
    assert.match(String(results[4_000]![0]), /coatcheck\.refused/)
    assert.deepEqual(results[4_001], [null, 'v3999'])
    await assert.rejects(client.multi().set('a', '1').call('ACL', 'LIST').exec(), /EXECABORT/)
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index & 0xff))
    await client.set('bytes', bytes)
    assert.deepEqual(await client.getBuffer('bytes'), bytes)
    const { promise, resolve } = Promise.withResolvers<string>()
    listener.on('message', (_channel, text) => resolve(text))
    await listener.subscribe('news')
    await client.publish('news', 'something')
    assert.equal(await promise, 'something')
    client.defineCommand('twice', { numberOfKeys: 1, lua: "return redis.call('append', KEYS[1], ARGV[1])" })
    const scripted = client as Redis & { twice(key: string, text: string): Promise<number> }
    assert.equal(await scripted.twice('text', 'abc'), 3)
  } finally {
    client.disconnect()
    listener.disconnect()
    scene.server.cli('flushall')
  }
})

for (const RESP of [2, 3] as const) {
  test(`node-redis: RESP${RESP}, with a name, a transaction and a value of 8 MB`, { skip }, async () => {
    const client = createClient({ url: await urlOf(), name: 'mine', RESP, socket: { reconnectStrategy: false } })
    client.on('error', () => {})
    await client.connect()
    try {
      const text = 'x'.repeat(8_000_000)
      await client.set('text', text)
      assert.equal(await client.get('text'), text)
      assert.deepEqual(await client.multi().set('a', '1').incr('a').exec(), ['OK', 2])
      await client.hSet('h', { one: '1' })
      assert.deepEqual({ ...(await client.hGetAll('h')) }, { one: '1' })
      assert.equal(await client.clientGetName(), 'mine')
      await assert.rejects(client.configGet('requirepass'), /coatcheck\.refused/)
      assert.deepEqual(await Promise.all([client.ping(), client.get('a')]), ['PONG', '2'])
    } finally {
      client.destroy()
    }
  })
}

test('node-redis: a wrong password is an error of authentication', { skip }, async () => {
  const { host, port } = await cache.address()
  const client = createClient({ socket: { host, port, reconnectStrategy: false }, password: 'guess' })
  client.on('error', () => {})
  await assert.rejects(client.connect(), /WRONGPASS/)
})
