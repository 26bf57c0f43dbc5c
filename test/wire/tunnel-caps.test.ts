import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Cap, CreatedSandbox } from '@coatcheck/contract'
import { poll } from './poll.ts'
import { openConnect, proxyAuthorization } from './ways-in.ts'
import { openWorld } from './world.ts'

const host = 'echo.service.test'
const head = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)

/** A service that says everything back, a broker, and sandboxes that may reach it by a network rule alone. */
async function openScene(settings: object) {
  const counts = { received: 0, connections: 0 }
  const echo = createServer((socket) => {
    counts.connections += 1
    socket
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        counts.received += chunk.length
        socket.write(chunk)
      })
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } }, ...settings } })
  const pin = { address: '127.0.0.1', port: (echo.address() as AddressInfo).port }
  return {
    world,
    counts,
    register: (caps: readonly Cap[]): Promise<CreatedSandbox> =>
      world.client.sandboxes.create({
        caps,
        from: ['127.0.0.0/8'],
        network: { allow: [{ to: `http://${host}:80`, pin }] },
      }),
    async open(sandbox: CreatedSandbox): Promise<Socket> {
      const authority = `${host}:80`
      const fields = ['Proxy-Authorization', proxyAuthorization(sandbox)]
      return (await openConnect(world.broker.proxyUrl!, authority, fields)).socket
    },
    async usedBy({ id }: CreatedSandbox) {
      const { items } = await world.client.caps.usage()
      return items.find((usage) => usage.on === 'sandbox' && usage.id === id)!
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      echo.close()
    },
  }
}

/** Everything that comes until the connection closes. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(chunks)
}

const linux = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const places = [
  ['the own plane', {}, false],
  ['the reference plane', { httpPlane: 'reference' as const }, false],
  ['two workers', { workers: 2 }, linux],
] as const

for (const [where, settings, skip] of places) {
  test(`AC-17.1, AC-17.3: over ${where} a cap on bytes counts what tunnels carry, ends one that used it up, and refuses the next`, {
    skip,
  }, async () => {
    await using scene = await openScene(settings)
    const sandbox = await scene.register([{ unit: 'bytes', limit: 3000, window: 'total' }])
    const tunnel = await scene.open(sandbox)
    const first = Buffer.concat([head, Buffer.alloc(1000 - head.length, 'x')])
    tunnel.write(first)
    let echoed = 0
    while (echoed < 1000) echoed += ((await once(tunnel, 'data')) as [Buffer])[0].length
    const amid = await scene.usedBy(sandbox)
    assert.ok(amid.used + amid.reserved >= 2000 && amid.used + amid.reserved <= 3000, JSON.stringify(amid))
    tunnel.write(Buffer.alloc(5000, 'y'))
    const rest = await readAll(tunnel)
    assert.ok(rest.length + 1000 < 3000)
    const used = await poll(async () => {
      const usage = await scene.usedBy(sandbox)
      return usage.reserved === 0 ? usage.used : undefined
    })
    assert.equal(used, 3000)
    assert.ok(scene.counts.received <= 2000, `${scene.counts.received}`)
    const [row] = await poll(async () => {
      const rows = (await scene.world.events()).filter(({ event }) => event.kind === 'connection.completed')
      return rows.length > 0 ? rows : undefined
    })
    assert.deepEqual([row!.event.code, row!.event.host], ['cap_reached', host])

    const next = await scene.open(sandbox)
    next.write(head)
    const answer = String(await readAll(next))
    assert.match(answer, /^HTTP\/1\.1 429 /)
    assert.match(answer, /"code": ?"cap_reached"/)
    assert.equal(scene.counts.connections, 1, 'nothing was dialled')
  })
}

test('AC-17.1: parallel tunnels do not get past a cap on bytes of the project together', async () => {
  await using scene = await openScene({})
  const limit = 20_000
  await scene.world.client.caps.set('project', null, [{ unit: 'bytes', limit, window: 'total' }])
  const sandboxes = await Promise.all([scene.register([]), scene.register([])])
  const tunnels = await Promise.all(Array.from({ length: 20 }, (_, index) => scene.open(sandboxes[index % 2]!)))
  const answers = tunnels.map(async (tunnel) => {
    tunnel.on('error', () => {}).end(Buffer.concat([head, Buffer.alloc(3000, 'x')]))
    return readAll(tunnel)
  })
  await Promise.all(answers)
  const usage = await poll(async () => {
    const [found] = (await scene.world.client.caps.usage()).items
    return found?.reserved === 0 ? found : undefined
  })
  assert.ok(usage.used <= limit && usage.used > 0, `${usage.used}`)
  assert.ok(scene.counts.received <= limit)
})

test('a tunnel of which no cap counts the bytes carries on, whatever other caps say', async () => {
  await using scene = await openScene({})
  const sandbox = await scene.register([{ unit: 'requests', limit: 1, window: 'total' }])
  for (let turn = 0; turn < 2; turn += 1) {
    const tunnel = await scene.open(sandbox)
    tunnel.write(head)
    const [chunk] = (await once(tunnel, 'data')) as [Buffer]
    assert.deepEqual(chunk, head)
    tunnel.destroy()
  }
  assert.equal((await scene.usedBy(sandbox)).used, 0)
})

test('a tunnel is explained with the caps that count what it carries, and with the rules that were looked at', async () => {
  await using scene = await openScene({})
  const caps: Cap[] = [
    { unit: 'bytes', limit: 2000, window: 'total' },
    { unit: 'requests', limit: 1, window: 'day' },
  ]
  const sandbox = await scene.register(caps)
  const explain = () => scene.world.client.explain({ sandbox: sandbox.id, method: 'GET', url: `http://${host}/` })
  const before = await explain()
  assert.deepEqual(
    before.caps.map(({ on, outcome, text, used }) => ({ on, outcome, text, used })),
    [{ on: 'sandbox', outcome: 'room', text: '2000bytes/total', used: 0 }],
  )
  assert.deepEqual([before.verdict.outcome, before.rules], ['tunnelled', []])
  const tunnel = await scene.open(sandbox)
  tunnel.write(Buffer.concat([head, Buffer.alloc(4000, 'x')]))
  await readAll(tunnel)
  await poll(async () => ((await scene.usedBy(sandbox)).reserved === 0 ? true : undefined))
  const after = await explain()
  assert.ok(after.verdict.outcome === 'refused' && after.verdict.code === 'cap_reached')
  assert.deepEqual(
    after.caps.map(({ outcome }) => outcome),
    ['cap_reached'],
  )
  await scene.world.client.rules.set({
    default: 'deny',
    rules: [
      { name: 'reads', effect: 'allow', methods: ['GET'], paths: 'any' },
      { name: 'elsewhere', effect: 'deny', hosts: ['other.service.test'] },
    ],
  })
  const ruled = await explain()
  assert.ok(ruled.verdict.outcome === 'refused' && ruled.verdict.code === 'rule_unevaluable')
  const [list] = ruled.rules
  assert.deepEqual(
    list?.rules.map(({ rule, fit, part }) => [rule, fit, part]),
    [
      ['reads', 'unknown', 'method'],
      ['elsewhere', 'differs', 'host'],
    ],
  )
  assert.deepEqual([list?.list, list?.outcome, list?.decidedBy], ['project', 'deny', 'reads'])
})
