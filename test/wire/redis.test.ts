import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { cacheHost, type InsideCache, openRedisScene, type RedisScene } from './redis-scene.ts'

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

test('W5: redis-cli logs in with the placeholder, and the service sees the real login over TLS', { skip }, async () => {
  const { stdout, stderr } = await cache.cli(['set', 'greeting', 'hello'])
  assert.deepEqual([stdout.trim(), stderr], ['OK', ''])
  assert.equal(scene.server.cli('get', 'greeting'), 'hello')
  assert.equal(cache.inside.sandbox.connect.env['CACHE_URL']?.includes(cacheHost), false)
})
