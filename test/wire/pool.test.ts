import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, beforeEach, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { openClientConnection } from './client-connection.ts'
import { api, openRawScene, type RawScene, sayConnection, second } from './own-plane-scene.ts'
import { poll } from './poll.ts'
import type { RawAnswer, RawRequest } from './raw-origin.ts'
import type { Inside, Received } from './world.ts'

let scene: RawScene

before(async () => {
  scene = await openRawScene()
})
after(() => scene[Symbol.asyncDispose]())
beforeEach(() => {
  scene.origin.answer = sayConnection
})

interface Asked {
  readonly inside?: Inside
  readonly env?: string
  readonly host?: string
  readonly method?: string
  readonly body?: string
  readonly target?: string
}

function ask({ inside = scene.inside, env = 'ONE', host = api, ...sending }: Asked = {}): Promise<Received> {
  const headers = [['Authorization', `Bearer ${inside.placeholder(env)}`]] as const
  return inside.send({ host, headers, ...sending })
}

/** The connection that carries the next request to the service. */
async function connectionOf(asked: Asked = {}): Promise<number> {
  const { status, text } = await ask(asked)
  assert.equal(status, 200)
  return Number(text)
}

async function closed(connection: number): Promise<void> {
  const socket = scene.origin.connections[connection - 1]!
  if (!socket.destroyed) await once(socket, 'close')
}

const authorization = ({ fields }: RawRequest): string => fields.find((line) => line.startsWith('Authorization'))!

/** Rounds until one went like the one before: whatever others write to the database closes idle connections. */
async function settledRound(lanes: readonly (() => Promise<number>)[]): Promise<readonly number[]> {
  let before: readonly number[] = []
  for (let round = 0; round < 6; round += 1) {
    const present: number[] = []
    for (const lane of lanes) present.push(await lane())
    if (present.join() === before.join()) return present
    before = present
  }
  assert.fail('connections are not used again')
}

test('SEC-16: equal requests of one sandbox share a connection, on whatever connection of the client they came', async () => {
  const lanes = [
    () => connectionOf(),
    () => connectionOf({ target: '/else', method: 'DELETE' }),
    () => connectionOf({ method: 'POST', body: 'right behind' }),
  ]
  assert.equal(new Set(await settledRound(lanes)).size, 1)
})

test('SEC-16: two secrets, two hosts, two sandboxes and a request without a secret never share a connection', async () => {
  const other = await scene.createSandbox()
  const bare = async (): Promise<number> => Number((await scene.inside.send({ host: api })).text)
  const lanes: readonly (() => Promise<number>)[] = [
    () => connectionOf(),
    () => connectionOf({ env: 'TWO' }),
    () => connectionOf({ host: second }),
    () => connectionOf({ inside: other }),
    () => connectionOf({ inside: other, env: 'TWO' }),
    bare,
  ]
  const first = await settledRound(lanes)
  assert.equal(new Set(first).size, lanes.length)
  for (const connection of first) {
    const carried = scene.origin.requests.filter((request) => request.connection === connection)
    const credentials = carried.map(({ fields }) => fields.find((line) => line.startsWith('Authorization')))
    assert.equal(new Set(credentials).size, 1, 'one credential on one connection')
  }
  await other.end()
  for (const connection of [first[3]!, first[4]!]) await closed(connection)
})

test('SEC-16: after a rotation no request travels on an old connection, nor with the old value', async () => {
  const old = await connectionOf()
  const next = makeCanary('sk-next-')
  await scene.world.client.secrets.rotate('one', next.value)
  const seen = scene.origin.requests.length
  const connections = [await connectionOf(), await connectionOf(), await connectionOf({ method: 'POST', body: 'x' })]
  assert.ok(connections.every((connection) => connection !== old))
  for (const request of scene.origin.requests.slice(seen)) {
    assert.equal(authorization(request), `Authorization: Bearer ${next.value}`)
  }
})

const causes: readonly (readonly [string, (inside: Inside) => Promise<unknown>])[] = [
  ['a grant is detached', ({ sandbox }) => scene.world.client.sandboxes.detach(sandbox.id, 'ONE')],
  ['the sandbox is ended', (inside) => inside.end()],
  ['the sandbox is locked down', () => scene.world.client.lockdown({ label: 'of=pool' })],
  [
    'the vault is locked',
    async () => {
      await scene.world.client.vault.lock()
      await scene.world.client.vault.unlock()
    },
  ],
]
for (const [what, cause] of causes) {
  test(`SEC-16: idle connections are closed when ${what}`, async () => {
    const inside = await scene.createSandbox({ labels: { of: 'pool' } })
    const idle = [await connectionOf({ inside }), await connectionOf({ inside, env: 'TWO' })]
    await cause(inside)
    for (const connection of idle) await closed(connection)
    await inside.end().catch(() => {})
  })
}

test('SEC-16: idle connections are closed when the sandbox expires', async () => {
  const inside = await scene.createSandbox({ ttlSeconds: 2 })
  await closed(await connectionOf({ inside }))
})

const tainted: readonly (readonly [string, RawAnswer])[] = [
  [
    'bytes behind a response',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200'),
  ],
  [
    'a whole further response',
    ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2'),
  ],
  ['a body behind a 304', ({ socket }) => socket.write('HTTP/1.1 304 Not Modified\r\n\r\nbody')],
  ['a body behind a 204', ({ socket }) => socket.write('HTTP/1.1 204 No Content\r\n\r\nbody')],
  [
    'bytes behind the last chunk',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\nX'),
  ],
  [
    'Connection: close',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1'),
  ],
  ['HTTP/1.0 without keep-alive', ({ socket }) => socket.write('HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1')],
  ['a body without a length', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\n1')],
  [
    'Keep-Alive: timeout=0',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 1\r\n\r\n1'),
  ],
]
for (const [what, answer] of tainted) {
  test(`SEC-16: a connection is not used again after ${what}`, async () => {
    const inside = await scene.createSandbox()
    scene.origin.answer = answer
    await ask({ inside })
    const used = scene.origin.requests.at(-1)!.connection
    scene.origin.answer = sayConnection
    assert.notEqual(await connectionOf({ inside }), used)
    await inside.end()
  })
}

test('SEC-16: a connection is not used again on which something came while it was idle', async () => {
  const inside = await scene.createSandbox()
  const idle = await connectionOf({ inside })
  scene.origin.connections[idle - 1]!.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
  await closed(idle)
  assert.notEqual(await connectionOf({ inside }), idle)
  await inside.end()
})

test('SEC-16: a connection is not used again when the answer came before the end of the request', async () => {
  const inside = await scene.createSandbox()
  scene.origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1')
  const socket = await inside.connectTls(api)
  const fields = `Host: ${api}\r\nAuthorization: Bearer ${inside.placeholder('ONE')}\r\nTransfer-Encoding: chunked\r\n`
  socket.write(`POST / HTTP/1.1\r\n${fields}\r\n3\r\nabc\r\n`)
  await once(socket, 'data')
  socket.write('0\r\n\r\n')
  const used = scene.origin.requests.at(-1)!.connection
  await closed(used)
  scene.origin.answer = sayConnection
  assert.notEqual(await connectionOf({ inside }), used)
  socket.destroy()
  await inside.end()
})

/** A service that closes a kept connection as soon as another request comes in on it. */
function closing(bodies: string[]): RawAnswer {
  const seen = new Set<number>()
  return async (request) => {
    bodies.push(`${request.line} ${await request.body()}`)
    if (seen.has(request.connection)) return void request.socket.destroy()
    seen.add(request.connection)
    request.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${request.line.startsWith('HEAD') ? '' : 'ok'}`)
  }
}

for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
  test(`RFC 9110 §9.2.2: a ${method} that a kept connection did not answer is sent once more, on a new one`, async () => {
    const inside = await scene.createSandbox()
    const bodies: string[] = []
    scene.origin.answer = closing(bodies)
    const body = method === 'PUT' ? { body: 'all of it' } : {}
    const send = () =>
      method === 'OPTIONS'
        ? inside.send({ host: api, method, target: '/n' })
        : ask({ inside, method, target: '/n', ...body })
    assert.equal((await send()).status, 200)
    assert.equal((await send()).status, 200)
    assert.equal(bodies.length, 3)
    assert.deepEqual(bodies[2], bodies[1])
    const [kept, again] = scene.origin.requests.slice(-2)
    assert.notEqual(kept!.connection, again!.connection)
    await inside.end()
  })
}

test('a request is sent no third time: where the new connection fails as well, that is the answer', async () => {
  const inside = await scene.createSandbox()
  await connectionOf({ inside })
  const before = scene.origin.requests.length
  scene.origin.answer = ({ socket }) => void socket.destroy()
  assert.equal((await ask({ inside })).code, 'upstream_unreachable')
  assert.equal(scene.origin.requests.length - before, 2)
  await inside.end()
})

for (const method of ['POST', 'PATCH']) {
  test(`a ${method} is never sent twice, and its failure is recorded once`, async () => {
    const inside = await scene.createSandbox()
    const bodies: string[] = []
    scene.origin.answer = closing(bodies)
    assert.equal((await ask({ inside, method, body: 'first', target: '/once' })).status, 200)
    const failed = await ask({ inside, method, body: 'second', target: '/once' })
    assert.equal(failed.code, 'upstream_unreachable')
    assert.equal(bodies.filter((text) => text.endsWith('second')).length, 1)
    const rows = (await scene.world.events()).filter(
      ({ event }) => event.path === '/once' && event.sandbox === inside.sandbox.id,
    )
    assert.deepEqual(rows.map(({ event }) => [event.kind, event.code]).at(-1), [
      'exchange.completed',
      'upstream_unreachable',
    ])
    assert.equal(rows.length, 2)
    await inside.end()
  })
}

test('a GET whose answer had begun is not sent again', async () => {
  const inside = await scene.createSandbox()
  await connectionOf({ inside })
  const before = scene.origin.requests.length
  scene.origin.answer = ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    setImmediate(() => socket.destroy())
  }
  using connection = await openClientConnection(inside, api)
  const headers = [['Authorization', `Bearer ${inside.placeholder('ONE')}`]] as const
  // A short body is held until it is whole, so that nothing of this one was passed on.
  const { status, code } = await connection.send({ headers })
  assert.deepEqual([status, code], [502, 'upstream_unreachable'])
  assert.equal(scene.origin.requests.length - before, 1)
  await inside.end()
})

test('a service that ends an idle connection costs the next request nothing', async () => {
  const inside = await scene.createSandbox()
  const idle = await connectionOf({ inside })
  scene.origin.connections[idle - 1]!.end()
  await closed(idle)
  assert.notEqual(await connectionOf({ inside, method: 'POST', body: 'x' }), idle)
  await inside.end()
})

test('SEC-16: requests at one time have a connection each, and all of them are kept', async () => {
  const inside = await scene.createSandbox()
  const waiting: (() => void)[] = []
  scene.origin.answer = async (request) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    await sayConnection(request)
  }
  const asked = [1, 2, 3].map(() => connectionOf({ inside }))
  await poll(() => (waiting.length === 3 ? true : undefined))
  for (const goOn of waiting) goOn()
  const connections = await Promise.all(asked)
  assert.equal(new Set(connections).size, 3)
  scene.origin.answer = sayConnection
  assert.ok(connections.includes(await connectionOf({ inside })))
  await inside.end()
})
