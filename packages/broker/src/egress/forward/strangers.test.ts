import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { Strangers, strangerLimits } from './strangers.ts'

let nowMs = 0
const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
const plenty = { burst: 100, perSecond: 1 }
const [here, near, far] = ['192.0.2.1', '192.0.2.2', '198.51.100.7']

const server = createServer((socket) => void socket.on('error', () => {}).resume())
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => server.close())

async function open(): Promise<Socket> {
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Strangers of whom so many are let in, with who was closed, and a way for more of them. */
function makeStrangers(perPeer: number, inAll: number) {
  const crowded: string[] = []
  const limits = { connections: { perPeer, inAll }, falseTokens: { perPeer: plenty, inAll: plenty } }
  const strangers = new Strangers(clock, (peer) => crowded.push(peer), limits)
  const sockets: Socket[] = []
  const enter = async (peer: string): Promise<Socket> => {
    const socket = await open()
    sockets.push(socket)
    strangers.enter(socket, peer)
    return socket
  }
  const closeAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return { crowded, enter, strangers, [Symbol.dispose]: closeAll }
}

const isClosed = ({ destroyed }: Socket): boolean => destroyed

test('R-92: one peer has room for so many, and who comes next takes the place of the oldest', async () => {
  using scene = makeStrangers(2, 10)
  const own = [await scene.enter(here), await scene.enter(here)]
  const other = await scene.enter(near)
  own.push(await scene.enter(here), await scene.enter(here))
  assert.deepEqual(own.map(isClosed), [true, true, false, false])
  assert.equal(other.destroyed, false)
  assert.deepEqual(scene.crowded, [here, here])
})

test('R-92: when there are too many in all, the peer with the most of them gives way, whoever came last', async () => {
  using scene = makeStrangers(10, 4)
  const many = [await scene.enter(far), await scene.enter(far), await scene.enter(far)]
  const few = [await scene.enter(here), await scene.enter(near)]
  assert.deepEqual(many.map(isClosed), [true, false, false])
  assert.deepEqual(few.map(isClosed), [false, false])
  assert.deepEqual(scene.crowded, [far])
})

test('R-92: who was admitted is no stranger any more, and gives way to none', async () => {
  using scene = makeStrangers(1, 2)
  const holders = []
  for (let count = 0; count < 5; count += 1) {
    const holder = await scene.enter(here)
    scene.strangers.leave(holder, here)
    holders.push(holder)
  }
  await scene.enter(here)
  await scene.enter(here)
  assert.deepEqual(holders.map(isClosed), [false, false, false, false, false])
  assert.deepEqual(scene.crowded, [here])
})

test('a connection that closes makes room', async () => {
  using scene = makeStrangers(1, 10)
  const first = await scene.enter(here)
  first.destroy()
  await once(first, 'close')
  assert.equal((await scene.enter(here)).destroyed, false)
  assert.deepEqual(scene.crowded, [])
})

test('the addresses of one IPv6 network are one peer', async () => {
  using scene = makeStrangers(1, 10)
  const first = await scene.enter('2001:db8:1:2::1')
  await scene.enter('2001:db8:1:2:ffff::1')
  const elsewhere = await scene.enter('2001:db8:1:3::1')
  assert.deepEqual([first, elsewhere].map(isClosed), [true, false])
})

test('R-92: false tokens of one peer are counted apart from those of another, and of all', () => {
  const limits = {
    connections: { perPeer: 10, inAll: 10 },
    falseTokens: { perPeer: { burst: 2, perSecond: 1 }, inAll: { burst: 3, perSecond: 1 } },
  }
  const strangers = new Strangers(clock, () => {}, limits)
  const fail = (peer: string, times: number) => Array.from({ length: times }, () => strangers.mayFail(peer))
  assert.deepEqual(fail(here, 4), [true, true, false, false])
  // What was hung up on took nothing from the others.
  assert.deepEqual(fail(near, 2), [true, false])
  nowMs += 1_000
  assert.deepEqual([...fail(far, 1), ...fail(near, 1)], [true, false])
})

test('threads that share a door share its limits, and none goes without', () => {
  const [alone, each] = [strangerLimits(1), strangerLimits(3)]
  assert.ok(each.connections.inAll * 3 >= alone.connections.inAll)
  assert.ok(each.connections.inAll * 3 < alone.connections.inAll + 3)
  assert.equal(each.falseTokens.perPeer.burst, 20)
  assert.equal(each.falseTokens.inAll.perSecond * 3, alone.falseTokens.inAll.perSecond)
})
