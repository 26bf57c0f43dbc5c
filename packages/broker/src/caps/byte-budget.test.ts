import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { ByteBudget } from './byte-budget.ts'
import { meteredFlow } from './metered-flow.ts'

/** A cap with so many bytes left, of which each part may have so many. */
function openCap(left: number, most = Number.POSITIVE_INFINITY) {
  const cap = { left, held: 0, asked: [] as number[], settled: [] as number[] }
  const budget = new ByteBudget(async (part) => {
    cap.asked.push(part)
    const maxBytes = Math.min(part, most, cap.left)
    if (maxBytes < 1) throw new CoatcheckError('cap_reached')
    cap.left -= maxBytes
    cap.held += maxBytes
    return {
      maxBytes,
      settle({ bytes = maxBytes }) {
        cap.left += maxBytes - bytes
        cap.held -= maxBytes
        cap.settled.push(bytes)
      },
    }
  })
  return { budget, cap }
}

test('AC-17.1: what was held for goes on at once, and what was not is held for first', async () => {
  const { budget, cap } = openCap(10_000, 1000)
  await budget.begin()
  assert.equal(budget.take(400), 400)
  assert.equal(budget.take(900), 600, 'no more than is held')
  assert.equal(await budget.take(900), 900)
  assert.deepEqual([cap.settled, cap.held], [[1000], 1000])
  budget.close()
  assert.deepEqual([cap.settled, cap.held, cap.left], [[1000, 900], 0, 8100])
})

test('AC-17.1: both ways of a connection together carry no more than a cap has', async () => {
  const { budget, cap } = openCap(2500, 1000)
  let carried = 0
  const carry = async (): Promise<void> => {
    for (;;) {
      const count = await budget.take(70)
      carried += count
    }
  }
  const ends = await Promise.allSettled([carry(), carry(), carry()])
  assert.ok(ends.every((end) => end.status === 'rejected' && end.reason.code === 'cap_reached'))
  assert.deepEqual([carried, cap.left, cap.held], [2500, 0, 0])
})

test('parts grow with what is carried, up to four megabytes', async () => {
  const { budget, cap } = openCap(Number.MAX_SAFE_INTEGER)
  for (let turn = 0; turn < 6; turn += 1) {
    await budget.take(1)
    while (typeof budget.take(1_000_000) === 'number');
    await new Promise((resolve) => setImmediate(resolve))
  }
  const sizes = [...new Set(cap.asked)]
  assert.deepEqual(sizes, [65_536, 262_144, 1_048_576, 4_194_304])
  budget.close()
})

test('a part on which nothing moves is given back, and held for anew when something does', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { budget, cap } = openCap(10_000)
  await budget.begin()
  assert.equal(budget.take(10), 10)
  context.mock.timers.tick(2_000)
  assert.deepEqual([cap.settled, cap.held, cap.left], [[10], 0, 9990])
  assert.equal(await budget.take(5), 5)
  budget.close()
  assert.deepEqual([cap.settled, cap.left], [[10, 5], 9985])
})

test('a connection that ends while it waits for a part holds nothing', async () => {
  const { budget, cap } = openCap(10_000)
  const waiting = Promise.resolve(budget.take(5))
  budget.close()
  await assert.rejects(waiting)
  assert.deepEqual([cap.held, cap.left], [0, 10_000])
  await assert.rejects(Promise.resolve(budget.take(5)))
})

test('AC-17.1: what is carried was told before, in steps, where somebody else counts it should this process be killed', async () => {
  const told: number[] = []
  let settledAt = 0
  const budget = new ByteBudget(async () => ({
    maxBytes: 65_536,
    carry: async (bytes) => void told.push(bytes),
    settle: ({ bytes = 0 }) => {
      settledAt = bytes
    },
  }))
  await budget.begin()
  assert.deepEqual(told, [], 'nothing is carried yet')
  let carried = 0
  for (let turn = 0; turn < 20; turn += 1) {
    carried += await budget.take(1_000)
    assert.ok(carried <= told.at(-1)! && told.at(-1)! - carried < 4_096, `${carried} of ${told}`)
  }
  assert.ok(told.length <= 16)
  budget.close()
  assert.equal(settledAt, carried)
})

test('what cannot be told is not carried', async () => {
  const gone = new Error('nobody hears it')
  const budget = new ByteBudget(async () => ({ maxBytes: 65_536, carry: () => Promise.reject(gone), settle() {} }))
  await budget.begin()
  await assert.rejects(Promise.resolve(budget.take(1)), gone)
  budget.close()
})

test('where no cap counts any more, everything goes on', async () => {
  const budget = new ByteBudget(async () => ({ settle() {} }))
  await budget.begin()
  assert.equal(budget.take(1e9), 1e9)
  budget.close()
})

test('AC-17.1: a flow lets exactly so many bytes through, in their order, and fails with what refuses the rest', async (context) => {
  const { budget } = openCap(100_000, 3333)
  const sent = Buffer.alloc(150_000, 'abcdefghij')
  const heard: Buffer[] = []
  const server = createServer((socket) => void socket.on('data', (chunk: Buffer) => heard.push(chunk)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  context.after(() => {
    socket.destroy()
    server.close()
  })
  const flow = meteredFlow(budget)
  flow.pipe(socket)
  flow.end(sent)
  await assert.rejects(once(flow, 'finish'), { code: 'cap_reached' })
  socket.end()
  await once(socket, 'close')
  const all = Buffer.concat(heard)
  assert.ok(all.length <= 100_000)
  assert.deepEqual(all, sent.subarray(0, all.length))
})
