import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Cap } from '@coatcheck/contract'
import { skipWithout } from '../fixtures/requirements.ts'
import { connectorProcesses } from './connector-processes.ts'
import { poll } from './poll.ts'
import { cacheHost, openRedisScene, type RedisScene } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
const kilobyte = 'x'.repeat(1000)
let scene: RedisScene
before(async () => {
  if (skip !== false) return
  scene = await openRedisScene()
  await scene.store('secure')
  await scene.store('clear', { inject: { tls: 'off' } })
})
after(() => scene?.[Symbol.asyncDispose]())

const total = (limit: number): Cap => ({ unit: 'bytes', limit, window: 'total' })

async function usageOf(id: string) {
  const { items } = await scene.world.client.caps.usage()
  return items.find((usage) => usage.id === id)!
}

/** What was counted under a cap, once nothing of it is held any more. */
const settled = (id: string): Promise<number> =>
  poll(async () => {
    const usage = await usageOf(id)
    return usage.reserved === 0 ? usage.used : undefined
  })

test('AC-17.1, AC-17.3: a cap on bytes counts what a session carries with TLS, ends it where it is used up, and refuses the next', {
  skip,
}, async () => {
  const limit = 60_000
  const cache = await scene.open('secure', { caps: [total(limit)] })
  const { id } = cache.inside.sandbox
  const client = await cache.logIn()
  let written = 0
  // Each is answered before the next one is said: nothing waits in buffers.
  const filling = async (): Promise<void> => {
    for (; written < 100; written += 1) assert.equal(await client.call('SET', `app:${id}`, kilobyte), 'OK')
  }
  await assert.rejects(filling())
  await client.closed()
  assert.ok(written > 20 && written < 60, `${written}`)
  assert.equal(await settled(id), limit)
  const next = await cache.connect()
  const reply = await next.call('AUTH', cache.placeholder).catch(() => 'closed')
  assert.notEqual(reply, 'OK')
  await next.closed()
  const codes = await poll(async () => {
    const rows = (await scene.world.events()).filter(({ event }) => event.sandbox === id)
    const ends = rows.filter(({ event }) => /connection\.(?:completed|refused)/.test(event.kind))
    return ends.length >= 2 ? ends.map(({ event }) => `${event.kind} ${event.code}`) : undefined
  })
  assert.deepEqual(codes.slice(0, 2), ['connection.completed cap_reached', 'connection.refused cap_reached'])
  await cache.inside.end()
})

test('AC-17.3: a cap on a grant counts all its sessions together, and what it came to stands when they are over', {
  skip,
}, async () => {
  const cache = await scene.open('clear')
  const grant = cache.inside.sandbox.grants[0]!
  await scene.world.client.caps.set('grant', grant.id, [total(1_000_000)])
  const clients = await Promise.all([cache.logIn(), cache.logIn()])
  for (const client of clients) assert.equal(await client.call('SET', 'app:many', kilobyte.repeat(50)), 'OK')
  assert.equal(String(await clients[0]!.call('GET', 'app:many')).length, 50_000)
  const amid = await usageOf(grant.id)
  assert.ok(amid.used + amid.reserved >= 150_000, JSON.stringify(amid))
  for (const { socket } of clients) socket.destroy()
  const used = await settled(grant.id)
  assert.ok(used > 150_000 && used < 155_000, `${used}`)
  await cache.inside.end()
})

test('a session is not counted under caps that say nothing of bytes', { skip }, async () => {
  const cache = await scene.open('clear', { caps: [{ unit: 'requests', limit: 1, window: 'total' }] })
  for (let turn = 0; turn < 2; turn += 1) {
    const client = await cache.logIn()
    assert.equal(await client.call('PING'), 'PONG')
    client.socket.destroy()
  }
  assert.equal((await usageOf(cache.inside.sandbox.id)).used, 0)
  await cache.inside.end()
})

test('AC-17.3: of a session whose process is killed, what it carried counts, and the rest is given back', {
  skip,
}, async () => {
  const limit = 1_000_000
  const cache = await scene.open('clear')
  const grant = cache.inside.sandbox.grants[0]!
  await scene.world.client.caps.set('grant', grant.id, [total(limit)])
  const client = await cache.logIn()
  assert.equal(await client.call('SET', 'app:killed', kilobyte.repeat(20)), 'OK')
  process.kill(connectorProcesses().at(-1)!, 'SIGKILL')
  await client.closed()
  const used = await settled(grant.id)
  assert.ok(used > 20_000 && used < 20_000 + 8_192, `${used}`)
  const next = await cache.logIn()
  assert.equal(String(await next.call('GET', 'app:killed')).length, 20_000, 'the rest of the cap is there')
  next.socket.destroy()
  assert.ok((await settled(grant.id)) > used + 20_000)
  await cache.inside.end()
})

test('AC-17.1: killed again and again while they carry, sessions get no further than their cap, and lose little of it', {
  skip,
}, async () => {
  const limit = 2_000_000
  const cache = await scene.open('clear')
  const grant = cache.inside.sandbox.grants[0]!
  await scene.world.client.caps.set('grant', grant.id, [total(limit)])
  const value = kilobyte.repeat(10)
  let carried = 0
  let rounds = 0
  const isLeft = async (): Promise<boolean> => (await settled(grant.id)) < limit
  for (; await isLeft(); rounds += 1) {
    const client = await cache.logIn().catch(() => undefined)
    if (client === undefined) break
    const filling = async (): Promise<void> => {
      for (let at = 0; at < 20; at += 1) {
        assert.equal(await client.call('SET', 'app:flood', value), 'OK')
        carried += value.length
        // More is on its way when it ends.
        if (at === 5) process.kill(connectorProcesses().at(-1)!, 'SIGKILL')
      }
    }
    await filling().catch(() => {})
    await client.closed()
  }
  assert.equal(await settled(grant.id), limit)
  assert.ok(carried <= limit, `${carried}`)
  // A part has sixteen steps, of which one at most was told and not carried.
  assert.ok(carried > limit * 0.7, `${carried} in ${rounds} rounds`)
  await cache.inside.end()
})

test('a connection is explained with its grant, and with the caps that count what it carries', { skip }, async () => {
  const cache = await scene.open('clear', {
    name: 'explained',
    caps: [total(1_000), { unit: 'requests', limit: 1, window: 'total' }],
  })
  const explain = (url: string) => scene.world.client.explain({ sandbox: 'explained', method: 'CONNECT', url })
  const place = `redis://${cacheHost}:${scene.server.port}`
  const first = await explain(`redis://default:shibboleth@${cacheHost}:${scene.server.port}/0`)
  assert.deepEqual(
    [first.destination, first.network?.effect, first.dial?.pin?.address],
    [place, 'inspect', '127.0.0.1'],
  )
  assert.ok(first.verdict.outcome === 'injected' && first.verdict.attachments[0]?.secret === 'clear')
  assert.deepEqual(
    first.caps.map(({ outcome, text }) => [outcome, text]),
    [['room', '1000bytes/total']],
  )
  assert.ok(!JSON.stringify(first).includes('shibboleth') && !JSON.stringify(first).includes(cache.placeholder))
  const client = await cache.logIn()
  await client.call('SET', 'app:explained', kilobyte).catch(() => {})
  await client.closed()
  await settled(cache.inside.sandbox.id)
  const spent = await explain(place)
  assert.ok(spent.verdict.outcome === 'refused' && spent.verdict.code === 'cap_reached')
  assert.equal(spent.dial, null)
  for (const url of ['redis://elsewhere.service.test', `redis://${cacheHost}:1`, `postgres://${cacheHost}`]) {
    const { caps, grants, verdict } = await explain(url)
    assert.ok(verdict.outcome === 'refused' && verdict.code === 'destination_denied', url)
    assert.deepEqual([caps, grants.length], [[], 1])
  }
  await assert.rejects(explain('redis://'), { code: 'request_invalid' })
  await scene.world.client.sandboxes.update(cache.inside.sandbox.id, { network: { deny: [cacheHost] } })
  const denied = await explain(place)
  assert.deepEqual([denied.network?.effect, denied.network?.rule], ['deny', cacheHost])
  await cache.inside.end()
  const ended = await explain(place)
  assert.ok(ended.verdict.outcome === 'refused' && ended.verdict.code === 'sandbox_expired')
})
