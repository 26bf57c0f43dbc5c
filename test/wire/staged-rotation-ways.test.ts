import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openHttp2 } from './http2-client.ts'
import { grpc, openHttp2Scene } from './http2-scene.ts'
import { poll } from './poll.ts'
import { type Place, sendBy, waysIn } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const root = createTlsRoot()
const proxy = { listen: { host: '127.0.0.1', port: 0 } }
const absolute = waysIn.find(({ name }) => name === 'absolute-form')!

/** A service that takes one value, which can be changed, and a home whose secret has that value. */
async function openService() {
  const [old, fresh] = [makeCanary('sk-old-').value, makeCanary('sk-next-').value]
  const origin = await startOrigin({
    root,
    hosts: { [api]: [{ scheme: 'bearer', value: old }] },
    routes: [{ method: 'GET', path: /^\/value$/, answer: ({ response }) => void response.end('taken') }],
  })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  const accept = (value: string): void => origin.accept(api, [{ scheme: 'bearer', value }])
  const add = async (world: World): Promise<Place['inside']> => {
    await world.client.secrets.create({ name: 'api', value: old, scopes: [scope] })
    const sandbox = await world.client.sandboxes.create({ secrets: { KEY: 'api' }, from: ['127.0.0.1'] })
    return { sandbox, placeholder: (env: string) => sandbox.connect.env[env]! } as Inside
  }
  const ask = async ({ broker }: World, inside: Place['inside']): Promise<number> => {
    const headers = [['Authorization', `Bearer ${inside.placeholder('KEY')}`]] as const
    const asking = { host: api, secret: 'api', target: '/value', headers }
    return (await sendBy(absolute, { proxyUrl: broker.proxyUrl!, inside }, asking)).status
  }
  return { origin, old, fresh, accept, add, ask }
}

for (const workers of process.platform === 'linux' ? [undefined, 2] : [undefined]) {
  const how = workers === undefined ? 'the main thread' : 'workers'
  test(`V5: where ${how} carries the traffic, no client sees that a new value is not taken yet`, async () => {
    const { origin, fresh, accept, add, ask } = await openService()
    await using world = await openWorld({ settings: { proxy, ...(workers && { workers }) } })
    const inside = await add(world)
    assert.equal(await ask(world, inside), 200)
    await world.client.secrets.rotate('api', fresh, { stagedSeconds: 600 })
    for (let round = 0; round < 6; round += 1) assert.equal(await ask(world, inside), 200)
    const { staged } = await world.client.secrets.get('api')
    assert.deepEqual([staged?.previousAccepted, origin.refusals > 0], [true, true])
    // The new one rests now. A rotation to what the service takes ends that.
    accept(fresh)
    await world.client.secrets.rotate('api', fresh, { stagedSeconds: 600 })
    for (let round = 0; round < 6; round += 1) assert.equal(await ask(world, inside), 200)
    assert.equal((await world.client.secrets.get('api')).staged, undefined)
    const ends = (await world.events()).filter(({ event }) => event.kind === 'secret.rotation-ended')
    assert.equal(ends.length, 1)
    await origin.close()
  })
}

test('V5: two brokers of a home, and one that comes after them, agree on a trial', async () => {
  const { origin, old, fresh, accept, add, ask } = await openService()
  const home = makeTemporaryHome()
  const kept = { path: home.path, [Symbol.dispose]: () => {} }
  let inside: Place['inside']
  {
    await using first = await openWorld({ settings: { proxy } }, kept)
    await using second = await openWorld(
      { settings: { proxy }, socketPath: join(home.path, 'run', 'other.sock') },
      kept,
    )
    inside = await add(first)
    await second.client.secrets.rotate('api', fresh, { stagedSeconds: 600 })
    assert.equal(await ask(first, inside), 200)
    const before = origin.refusals
    // The other one knows that the new value was declined, and does not try it.
    assert.equal(await ask(second, inside), 200)
    assert.equal(origin.refusals, before)
  }
  const aheadMs = 10 * 60_000
  const clock = { now: () => new Date(Date.now() + aheadMs), monotonicMs: () => performance.now() }
  await using third = await openWorld({ settings: { proxy }, clock }, home)
  const view = await poll(async () => {
    const found = await third.client.secrets.get('api')
    return found.staged === undefined ? found : undefined
  })
  assert.equal(view.version, 3, 'what works was put back, under a number of its own')
  accept(old)
  assert.equal(await ask(third, inside), 200)
  const alarms = (await third.events()).filter(({ event }) => event.code === 'rotation_put_back')
  assert.equal(alarms.length, 1)
  await origin.close()
})

test('V5, HTTP/2: a declined stream is asked once more on another connection, its body too', async () => {
  await using scene = await openHttp2Scene()
  const fresh = makeCanary('sk-next-').value
  scene.origin.answer = ({ stream, value }) => {
    const status = value('authorization') === `Bearer ${scene.key}` ? 200 : 401
    stream.respond({ ':status': status, 'content-type': 'text/plain' })
    stream.pipe(stream)
  }
  await scene.world.client.secrets.rotate('api', fresh, { stagedSeconds: 600 })
  using connection = await openHttp2(scene.inside, grpc)
  const first = scene.origin.streams.length
  const fields = { ':path': '/call', ':method': 'POST', 'content-length': '8', ...scene.bearer }
  const { status, text } = await connection.send(fields, 'the body')
  assert.deepEqual([status, text], [200, 'the body'])
  const [declined, repeated] = scene.origin.streams.slice(first)
  assert.deepEqual(
    [declined!.value('authorization'), repeated!.value('authorization')],
    [`Bearer ${fresh}`, `Bearer ${scene.key}`],
  )
  assert.notEqual(declined!.connection, repeated!.connection, 'SEC-16')
  const records = (await scene.records()).filter(({ kind }) => kind === 'exchange.completed')
  assert.equal(records.length, 2)
})
