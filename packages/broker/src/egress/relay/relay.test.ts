import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { refuse } from '../refusal.ts'
import { ok, openRelayScene, playExchange, type RelayScene } from './relay-scene.suite.ts'

/** A scene with one connection that was kept; `next` is what the service does from now on. */
async function openWithKept(next: RelayScene['answer']): Promise<RelayScene> {
  const scene = openRelayScene()
  await playExchange(scene).run()
  let count = 0
  scene.answer = (socket, bytes) => next(socket, bytes, count++)
  return scene
}

/** Closes the connection on which something came first, and answers on every other one. */
function closeFirst(socket: Duplex, _bytes: string, count: number): void {
  if (count === 0) socket.destroy()
  else socket.write(ok)
}

for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
  test(`a ${method} is sent again where the service had closed the connection that was kept`, async () => {
    using scene = await openWithKept((socket, _bytes, count) => {
      if (count === 0) socket.destroy()
      else socket.write(method === 'HEAD' ? ok.slice(0, -2) : ok)
    })
    const exchange = playExchange(scene, method)
    await exchange.run()
    assert.deepEqual([exchange.client.status, exchange.client.isEnded, scene.sockets.length], [200, true, 2])
    assert.equal(exchange.outcomes.length, 1)
  })
}

for (const method of ['POST', 'PATCH', 'get', 'PROPFIND']) {
  test(`a ${method} is not sent again: the service may have carried it out`, async () => {
    using scene = await openWithKept(closeFirst)
    const exchange = playExchange(scene, method)
    await assert.rejects(exchange.run(), { code: 'upstream_unreachable' })
    assert.deepEqual([scene.sockets.length, exchange.outcomes.length], [1, 0])
    assert.deepEqual(exchange.carrier.progress(), { bytesSent: 0, bytesReceived: 0 })
  })
}

test('a request is sent again once, and no more', async () => {
  using scene = await openWithKept((socket) => void socket.destroy())
  await assert.rejects(playExchange(scene).run(), { code: 'upstream_unreachable' })
  assert.equal(scene.sockets.length, 2)
})

test('what fails on a new connection is not sent again', async () => {
  using scene = openRelayScene()
  scene.answer = closeFirst
  await assert.rejects(playExchange(scene).run(), { code: 'upstream_unreachable' })
  assert.equal(scene.sockets.length, 1)
})

test('a body that has begun to leave is not sent again', async () => {
  using scene = await openWithKept((socket, bytes) => void (bytes.includes('part') && socket.destroy()))
  const exchange = playExchange(scene, 'PUT', { kind: 'chunked' })
  const rejected = assert.rejects(exchange.run(), { code: 'upstream_unreachable' })
  await new Promise(setImmediate)
  exchange.client.listener?.onBody(Buffer.from('part'))
  await rejected
  assert.equal(scene.sockets.length, 1)
  assert.deepEqual(exchange.carrier.progress(), { bytesSent: 4, bytesReceived: 0 })
})

test('nothing is sent again once a response has begun', async () => {
  const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'
  using scene = await openWithKept((socket) => void socket.end(begun))
  const exchange = playExchange(scene)
  await assert.rejects(exchange.run(), { code: 'upstream_unreachable' })
  assert.equal(scene.sockets.length, 1)
  const progress = { status: 200, upstreamStatus: 200, bytesSent: 0, bytesReceived: 4 }
  assert.deepEqual(exchange.carrier.progress(), progress)
})

test('N2: what has to end is not sent again, and its connection is closed', async () => {
  using scene = await openWithKept(() => {})
  const exchange = playExchange(scene)
  const reason = refuse('grant_ended')
  const arrived = once(scene.sockets[0]!, 'data')
  const rejected = assert.rejects(exchange.run(), reason)
  await arrived
  const closed = once(scene.sockets[0]!, 'close')
  exchange.ending.end(reason)
  await rejected
  await closed
  assert.equal(scene.sockets.length, 1)
})

test('N2: an exchange that ended before it was relayed sends nothing', async () => {
  using scene = await openWithKept(() => assert.fail('something came'))
  const exchange = playExchange(scene)
  const reason = refuse('sandbox_expired')
  exchange.ending.end(reason)
  const closed = once(scene.sockets[0]!, 'close')
  await assert.rejects(exchange.run(), reason)
  await closed
})

test('nothing is sent again for a client that has gone', async () => {
  using scene = await openWithKept(closeFirst)
  const exchange = playExchange(scene)
  exchange.client.isGone = true
  await assert.rejects(exchange.run(), { code: 'upstream_unreachable' })
  assert.equal(scene.sockets.length, 1)
})
