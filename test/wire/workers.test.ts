import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { poll } from './poll.ts'
import { runTestFile } from './run-test-file.ts'
import { type Asking, type Place, proxyAuthorization, sendBy } from './ways-in.ts'
import {
  absolute,
  api,
  asking,
  count,
  journalsOf,
  key,
  manyConnections,
  open,
  openStream,
  openWorkersScene,
} from './workers-scene.ts'
import { openWorld, type Received, receive, type World } from './world.ts'

const nextKey = makeCanary('sk-next-')
const proxy = { listen: { host: '127.0.0.1', port: 0 } }
const linux = { skip: process.platform !== 'linux' && 'workers need Linux' }

/** Asks the broker itself. */
async function get({ broker }: World, path: string): Promise<Received> {
  const request = httpRequest({ socketPath: broker.socketPath, path, headers: { Host: 'localhost' } })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  return receive(response)
}

for (const [file, ids] of [
  ['ways-in', 'AC-2.3'],
  ['ways-revocation', 'AC-11.2, N2, R-58'],
  ['ways-body-caps', 'AC-7.3'],
  ['two-brokers', 'N2'],
  ['socks', 'R-119, SEC-08'],
  ['registry-refusals', 'N10'],
] as const) {
  test(`${ids}: what ${file} proves holds where workers carry the traffic`, linux, () =>
    runTestFile(`${file}.test.ts`, [], { COATCHECK_TEST_WORKERS: '2' }),
  )
}

test('SEC-10: a worker that fails takes no record and no traffic of another one with it', linux, () =>
  runTestFile('worker-deaths.child.ts', ['--import=./worker-faults.child.ts']),
)

test('connections are spread over the workers, and the numbers of all of them are added up', linux, async () => {
  await using scene = await openWorkersScene()
  const { world, place } = scene
  const requests = 40
  await Promise.all(
    Array.from({ length: requests }, async () =>
      assert.equal((await sendBy(absolute, place, asking(place))).status, 200),
    ),
  )
  const journals = journalsOf(world)
  assert.deepEqual([...journals.keys()].toSorted(), ['1', '2'])
  const completed = [...journals.values()].map((kinds) => count(kinds, 'exchange.completed'))
  assert.equal(completed[0]! + completed[1]!, requests)
  const { workers } = await world.client.status()
  assert.deepEqual(workers, { count: 2, running: 2, restarts: 0 })
  const { text: metrics } = await get(world, '/metrics')
  assert.match(metrics, new RegExp(`exchanges_total\\{decision="allowed",code="none"\\} ${requests}\\b`))
  assert.equal((await world.client.audit.verify()).ok, true)
})

test('a rotated secret goes out with the next request, in every worker', linux, async () => {
  await using scene = await openWorkersScene()
  const { world, place } = scene
  const sendMany = () =>
    Promise.all(Array.from({ length: manyConnections }, () => sendBy(absolute, place, asking(place))))
  assert.ok((await sendMany()).every(({ status }) => status === 200))
  await world.client.secrets.rotate('api', nextKey.value)
  assert.ok((await sendMany()).every(({ status }) => status === 401))
  await world.client.secrets.rotate('api', key.value)
  assert.ok((await sendMany()).every(({ status }) => status === 200))
})

/** Requests one after the other on kept connections, by many clients at once, each until one began that `isLast` was true for. */
async function sendUntil(place: Place, isLast: () => boolean): Promise<number[]> {
  const { hostname, port } = new URL(place.proxyUrl)
  const identity = ['Proxy-Authorization', proxyAuthorization(place.inside.sandbox)]
  const { host, headers = [] } = asking(place)
  const clients = Array.from({ length: manyConnections }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (;;) {
        const last = isLast()
        const fields = ['Host', host, ...identity, ...headers.flat()]
        const path = `https://${host}/json`
        const request = httpRequest({ host: hostname, port, agent, setHost: false, path, headers: fields })
        // It may be cut off at any moment, behind the head of its answer too.
        const status = await new Promise<number>((resolve) => {
          request
            .on('error', () => resolve(0))
            .on('response', (answer) => {
              answer.resume().on('error', () => resolve(0))
              answer.once('close', () => resolve(answer.statusCode ?? 0))
            })
          request.end()
        })
        if (last) return status
      }
    } finally {
      agent.destroy()
    }
  })
  return Promise.all(clients)
}

for (const [what, change, next] of [
  ['taking a secret away', ({ client }: World, id: string) => client.sandboxes.detach(id, 'API'), 403],
  ['rotating a secret', ({ client }: World) => client.secrets.rotate('api', nextKey.value), 401],
  [
    'denying the host',
    ({ client }: World, id: string) => client.sandboxes.update(id, { network: { deny: [api] } }),
    403,
  ],
  ['locking the vault', ({ client }: World) => client.vault.lock(), 503],
] as const) {
  test(
    `SEC-01, N2: no request that begins after ${what} was acknowledged goes out as before, in any worker`,
    linux,
    async () => {
      await using scene = await openWorkersScene()
      const { world, place } = scene
      let isDone = false
      const sending = sendUntil(place, () => isDone)
      const isBusy = (kinds: readonly string[]) => count(kinds, 'exchange.completed') > 20
      await poll(() => ([...journalsOf(world).values()].filter(isBusy).length === 2 ? true : undefined))
      await change(world, place.inside.sandbox.id)
      isDone = true
      // A connection that ends with the authority that it was used under may be cut off before it says so.
      const others = (await sending).filter((status) => status !== next && status !== 0)
      assert.deepEqual(others, [])
    },
  )
}

test(
  'N2: a worker that does not do as it is told is ended, and the change is acknowledged when it is gone',
  linux,
  async () => {
    await using scene = await openWorkersScene()
    const { world, place, threads } = scene
    const streams = await Promise.all(Array.from({ length: manyConnections }, () => openStream(place)))
    const [deaf] = threads
    const post = deaf!.postMessage.bind(deaf)
    deaf!.postMessage = (message: { readonly asks?: string }, transfer) => {
      if (message.asks === undefined) post(message, transfer as never)
    }
    await world.client.sandboxes.detach(place.inside.sandbox.id, 'API')
    const ends = await Promise.allSettled(streams.map(({ streamed }) => streamed))
    assert.ok(ends.every(({ status }) => status === 'rejected'))
    await poll(async () => ((await world.client.status()).workers?.restarts === 1 ? true : undefined))
    world.faults.length = 0
  },
)

test(
  'a worker that ends takes nothing with it but its own connections, and another takes its place',
  linux,
  async () => {
    await using scene = await openWorkersScene()
    const { world, place, threads } = scene
    const streams = await Promise.all(Array.from({ length: manyConnections }, () => openStream(place)))
    assert.equal(threads.length, 2)
    const before = journalsOf(world)
    const mine = count(before.get('1'), 'exchange.intended')
    assert.ok(mine > 0 && mine < streams.length, 'both carry some of them')
    await threads[0]!.terminate()
    for (const { response } of streams) response.end('data: 2\n\n')
    const ends = await Promise.allSettled(streams.map(({ streamed }) => streamed))
    const whole = ends.filter((end) => end.status === 'fulfilled' && end.value.text.includes('data: 2'))
    assert.equal(whole.length, streams.length - mine, 'the streams of the other one go on to their end')

    await poll(async () => ((await world.client.status()).workers?.restarts === 1 ? true : undefined))
    assert.deepEqual((await world.client.status()).workers, { count: 2, running: 2, restarts: 1 })
    const answers = await Promise.all(
      Array.from({ length: manyConnections }, () => sendBy(absolute, place, asking(place))),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const now = journalsOf(world)
    assert.equal(count(now.get('1'), 'journal.opened'), 2, 'the new one has a journal of its own')
    assert.ok(count(now.get('1'), 'exchange.intended') > mine, 'and nothing of the old one is gone')
    const { ok, faults } = await world.client.audit.verify()
    assert.deepEqual({ ok, faults }, { ok: true, faults: [] })
    assert.equal((await world.events()).filter(({ event }) => event.kind === 'worker.ended').length, 1)
    assert.equal(world.faults.length, 1)
    world.faults.length = 0
  },
)

test('without a worker that listens the broker is not ready, and says so', linux, async () => {
  await using scene = await openWorkersScene()
  const { world, threads } = scene
  await Promise.all(threads.map((thread) => thread.terminate()))
  const ready = async () => (await get(world, '/readyz')).code ?? 'ready'
  assert.equal(await ready(), 'workers_down')
  await poll(async () => ((await ready()) === 'ready' ? true : undefined))
  world.faults.length = 0
})

test('SEC-01: nothing that workers are told has a value in it, but for the grants that they use', linux, async () => {
  await using scene = await openWorkersScene()
  const { place, messages } = scene
  const canaries = (): readonly unknown[] =>
    messages.filter((message) => Buffer.from(textOf(message), 'latin1').includes(key.value))
  const hidden: Asking = { host: open, secret: '', target: 'http://open.service.test/json' }
  await sendBy(absolute, place, { ...asking(place), headers: [] })
  await sendBy(absolute, place, hidden)
  assert.equal(canaries().length, 0)
  for (let turn = 0; turn < 24; turn += 1) {
    const request = asking(place, `/json?turn=${turn}`)
    assert.equal((await sendBy(absolute, place, request)).status, 200)
  }
  const found = canaries()
  // Each worker asks once at each revision.
  assert.ok(found.length >= 1 && found.length < 12, `${found.length} of 24`)
  for (const message of found) assert.deepEqual(Object.keys(bodyOf(message)).toSorted(), ['value', 'version'])
})

function bodyOf(message: unknown): object {
  return (message as { readonly body: object }).body
}

/** Every text and every byte in a message. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(textOf).join('\n')
}

for (const workers of [0, -1, 1.5, Number.NaN, 100_000]) {
  test(`${workers} is no number of workers`, linux, async () => {
    await assert.rejects(openWorld({ settings: { proxy, workers } }), { code: 'settings_invalid' })
  })
}

test('workers without a listener are refused', linux, async () => {
  await assert.rejects(openWorld({ settings: { workers: 2 } }), { code: 'settings_invalid' })
})
