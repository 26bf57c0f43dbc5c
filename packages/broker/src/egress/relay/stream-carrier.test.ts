import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { noBodyCaps } from '../body-caps.ts'
import { openRelayScene, playExchange } from './relay-scene.suite.ts'

const lane = { sandboxId: 'sbx_one', key: 'one' }

test('SEC-16: a connection that was opened and not used is closed, and nobody else gets it', async () => {
  using scene = openRelayScene()
  const { carrier, ending } = playExchange(scene)
  await carrier.inspectBody([], ending, noBodyCaps)
  await carrier.open(lane, scene.dial)
  const [socket] = scene.sockets
  const closed = once(socket!.resume(), 'close')
  carrier.close()
  await closed
  assert.equal(scene.pool.take(lane.key, true), undefined)
  assert.throws(
    () => carrier.relay({ method: 'GET', target: '/', fields: [] }, undefined, async () => {}, ending),
    TypeError,
  )
  assert.deepEqual(carrier.progress(), {})
})

test('a kept connection that was taken and not used is closed too', async () => {
  using scene = openRelayScene()
  await playExchange(scene).run()
  const { carrier } = playExchange(scene)
  assert.equal(carrier.open(lane, scene.dial), undefined, 'there is nothing to wait for')
  const closed = once(scene.sockets[0]!, 'close')
  carrier.close()
  await closed
  assert.equal(scene.pool.take(lane.key, true), undefined)
})

test('closing after the exchange leaves the connection to the next one', async () => {
  using scene = openRelayScene()
  const first = playExchange(scene)
  await first.run()
  first.carrier.close()
  await playExchange(scene).run()
  assert.equal(scene.sockets.length, 1)
})

for (const [method, idleMs, connections] of [
  ['POST', 1_999, 1],
  ['POST', 2_000, 2],
  ['PATCH', 2_000, 2],
  ['GET', 2_000, 1],
  ['PUT', 2_000, 1],
  ['GET', 49_999, 1],
  ['GET', 50_000, 2],
] as const) {
  const where = connections === 1 ? 'the connection' : 'another connection than the one'
  test(`a ${method} goes out on ${where} that was unused for ${idleMs} ms`, async () => {
    using scene = openRelayScene()
    await playExchange(scene).run()
    scene.nowMs = idleMs
    const next = playExchange(scene, method)
    await next.run()
    assert.deepEqual([next.client.status, scene.sockets.length], [200, connections])
  })
}

test('a connection that was too old for a POST is still there for a GET', async () => {
  using scene = openRelayScene()
  await playExchange(scene).run()
  scene.nowMs = 10_000
  await playExchange(scene, 'POST').run()
  await Promise.all([playExchange(scene).run(), playExchange(scene).run()])
  assert.equal(scene.sockets.length, 2)
})
