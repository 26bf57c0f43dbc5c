import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { poll } from './poll.ts'
import { proxyAuthorization, sendBy } from './ways-in.ts'
import { type FaultOrder, faultsChannel, type WorkerFault } from './worker-faults.child.ts'
import {
  absolute,
  api,
  asking,
  count,
  journalsOf,
  manyConnections,
  openStream,
  openWorkersScene,
  type WorkersScene,
} from './workers-scene.ts'

/** Requests one after the other on one kept connection, until it is stopped or cut off. */
function startClient({ place }: WorkersScene, targetOf: (turn: number) => string) {
  const { hostname, port } = new URL(place.proxyUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const identity = ['Proxy-Authorization', proxyAuthorization(place.inside.sandbox)]
  const answered: string[] = []
  const statuses = new Set<number>()
  let isStopped = false
  const send = (target: string): Promise<boolean> =>
    new Promise((resolve) => {
      const headers = ['Host', api, ...identity, ...(asking(place).headers ?? []).flat()]
      const path = `https://${api}${target}`
      const request = httpRequest({ host: hostname, port, agent, setHost: false, path, headers })
      request.on('error', () => resolve(false))
      request.on('response', (response) => {
        statuses.add(response.statusCode ?? 0)
        response.resume().on('error', () => resolve(false))
        response.once('end', () => {
          answered.push(target)
          resolve(true)
        })
      })
      request.end()
    })
  const run = async (): Promise<'cut off' | 'stopped'> => {
    for (let turn = 0; !isStopped; turn += 1) if (!(await send(targetOf(turn)))) return 'cut off'
    return 'stopped'
  }
  return {
    /** Targets of the requests of which the client saw the end. */
    answered,
    statuses,
    ended: run().finally(() => agent.destroy()),
    stop: () => {
      isStopped = true
    },
  }
}

const faults: readonly (readonly [fault: WorkerFault, what: string, note: RegExp])[] = [
  ['throw', 'an error that nobody catches', /^worker 1: exit code 1$/],
  ['memory', 'the end of its memory', /^worker 1: ERR_WORKER_OUT_OF_MEMORY$/],
]

for (const [fault, what, note] of faults) {
  test(`AC-23.2, SEC-10: ${what} ends one worker, with no record lost and no traffic of the other one`, async () => {
    await using scene = await openWorkersScene()
    const { world, place } = scene
    const streams = await Promise.all(Array.from({ length: manyConnections }, () => openStream(place)))
    const mine = count(journalsOf(world).get('1'), 'exchange.intended')
    assert.ok(mine > 0 && mine < streams.length, 'both carry some of them')
    const clients = Array.from({ length: manyConnections }, (_, number) =>
      startClient(scene, (turn) => `/json?client=${number}&turn=${turn}`),
    )
    await poll(() => (clients.every(({ answered }) => answered.length > 5) ? true : undefined))

    const channel = new BroadcastChannel(faultsChannel)
    const order: FaultOrder = { number: 1, fault }
    channel.postMessage(order)
    await poll(async () => ((await world.client.status()).workers?.running === 1 ? true : undefined))
    channel.close()

    for (const { response } of streams) response.end('data: 2\n\n')
    const ends = await Promise.allSettled(streams.map(({ streamed }) => streamed))
    const whole = ends.filter((end) => end.status === 'fulfilled' && end.value.text.includes('data: 2'))
    assert.equal(whole.length, streams.length - mine, 'the streams of the other one go on to their end')

    await poll(async () => ((await world.client.status()).workers?.restarts === 1 ? true : undefined))
    assert.deepEqual((await world.client.status()).workers, { count: 2, running: 2, restarts: 1 })
    for (const { stop } of clients) stop()
    const outcomes = await Promise.all(clients.map(({ ended }) => ended))
    assert.ok(outcomes.includes('stopped'), 'the clients of the other one were not cut off')
    assert.deepEqual(
      clients.flatMap(({ statuses }) => [...statuses]).filter((status) => status !== 200),
      [],
    )
    const after = await Promise.all(
      Array.from({ length: manyConnections }, () => sendBy(absolute, place, asking(place))),
    )
    assert.ok(after.every(({ status }) => status === 200))

    const journals = journalsOf(world)
    assert.equal(count(journals.get('1'), 'journal.opened'), 2, 'the new one has a journal of its own')
    const completed = [...journals.values()].reduce((sum, kinds) => sum + count(kinds, 'exchange.completed'), 0)
    const seen = clients.reduce((sum, { answered }) => sum + answered.length, whole.length + after.length)
    assert.ok(completed >= seen, `${completed} outcomes for ${seen} answers`)
    assert.ok(completed <= seen + clients.length, 'and none that nobody asked for')
    const { ok, faults: found } = await world.client.audit.verify()
    assert.deepEqual({ ok, found }, { ok: true, found: [] })
    const ended = (await world.events()).filter(({ event }) => event.kind === 'worker.ended')
    assert.equal(ended.length, 1)
    assert.match(ended[0]?.event.note ?? '', note)
    assert.equal(world.faults.length, 1)
    world.faults.length = 0
  })
}
