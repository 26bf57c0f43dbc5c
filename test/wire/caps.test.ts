import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Cap } from '@coatcheck/contract'
import { runHere } from '../cli/in-this-process.suite.ts'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { type CapScene, openCapScene, send } from './cap-scene.ts'
import { absoluteForm, sendBy, waysIn } from './ways-in.ts'

const text = 'x'.repeat(1000)

const routes: readonly Route[] = ['GET', 'POST'].flatMap((method): Route[] => [
  {
    method,
    path: /^\/hit/,
    answer: ({ request, response }) => void request.resume().on('end', () => response.end('hit')),
  },
  { method, path: /^\/broken/, answer: ({ response }) => void response.writeHead(503).end('{}') },
  {
    method,
    path: /^\/sized/,
    answer: ({ request, response }) => void request.resume().on('end', () => response.end(text)),
  },
  {
    method,
    path: /^\/stream/,
    answer({ response }) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let piece = 0; piece < 10; piece += 1) response.write(`data: ${text}\n\n`)
      response.end()
    },
  },
])

const tenRequests: Cap = { unit: 'requests', limit: 10, window: 'total' }

let scene: CapScene
before(async () => {
  scene = await openCapScene({ routes })
})
after(() => scene[Symbol.asyncDispose]())

test('G4, N3, AC-17.1: of 100 parallel requests, a cap of 10 admits 10, and the service sees no other', async () => {
  const place = await scene.place([tenRequests])
  const before = scene.arrived.count
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(place)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 10)
  assert.equal(answers.filter(({ status, code }) => status === 429 && code === 'cap_reached').length, 90)
  assert.equal(scene.arrived.count - before, 10)
})

test('AC-17.4: the refusal says the cap, what was used, and when it resets', async () => {
  const place = await scene.place([{ unit: 'requests', limit: 1, window: 'day' }])
  assert.equal((await send(place)).status, 200)
  const refused = await send(place)
  assert.equal(refused.status, 429)
  const problem = JSON.parse(refused.text)
  const midnight = new Date(new Date().setUTCHours(24, 0, 0, 0)).toISOString()
  assert.equal(problem.rule, 'cap 1requests/day on sandbox')
  assert.deepEqual([problem.cap.cap, problem.cap.limit, problem.cap.reset], ['1requests/day', 1, midnight])
  assert.equal(problem.cap.used + problem.cap.reserved, 1)
  assert.match(problem.remedy, /It resets at .*coatcheck cap set/)
  assert.ok(Number(refused.headers['retry-after']) >= 1)
})

test('a cap in total says that it does not reset, and gives no time to come again', async () => {
  const place = await scene.place([{ unit: 'requests', limit: 1, window: 'total' }])
  await send(place)
  const refused = await send(place)
  assert.equal(refused.headers['retry-after'], undefined)
  assert.equal(JSON.parse(refused.text).cap.reset, null)
})

test('R-123, AC-17.1: no way in gets past a cap', async () => {
  const inside = await scene.world.createSandbox({
    secrets: { API_KEY: 'api' },
    from: ['127.0.0.0/8'],
    caps: [{ unit: 'requests', limit: waysIn.length, window: 'total' }],
  })
  const place = { proxyUrl: scene.world.broker.proxyUrl!, inside }
  const headers = [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]] as const
  const asking = { host: 'api.service.test', secret: 'api', target: '/hit', headers }
  for (const way of waysIn) assert.equal((await sendBy(way, place, asking)).status, 200, way.name)
  for (const way of waysIn) assert.equal((await sendBy(way, place, asking)).code, 'cap_reached', way.name)
})

test('G4: caps of project, secret, sandbox and grant hold together, and a request counts under all of them', async () => {
  const { client } = scene.world
  const [one, other] = [await scene.place(), await scene.place([{ unit: 'requests', limit: 3, window: 'total' }])]
  const [grant] = other.inside.sandbox.grants
  const many: Cap = { unit: 'requests', limit: 100, window: 'total' }
  await client.caps.set('project', null, [many])
  await client.caps.set('secret', 'api', [many])
  await client.caps.set('grant', grant!.id, [{ unit: 'requests', limit: 2, window: 'total' }])
  assert.equal((await send(one)).status, 200)
  assert.deepEqual(
    [(await send(other)).status, (await send(other)).status, (await send(other)).status],
    [200, 200, 429],
  )
  const used = new Map((await scene.usage()).map(({ on, id, used: count }) => [`${on} ${id}`, count]))
  assert.equal(used.get('project default'), 3)
  assert.equal(used.get('secret api'), 3)
  assert.equal(used.get(`sandbox ${other.inside.sandbox.id}`), 2)
  assert.equal(used.get(`grant ${grant!.id}`), 2)
  await client.caps.set('secret', 'api', [{ ...many, limit: 3 }])
  assert.match(JSON.parse((await send(one)).text).rule, /on secret$/)
  await client.caps.set('project', null, [])
  await client.caps.set('secret', 'api', [])
  assert.equal((await send(one)).status, 200)
})

test('a cap that is raised goes on counting where it was', async () => {
  const place = await scene.place([{ unit: 'requests', limit: 1, window: 'total' }])
  await send(place)
  assert.equal((await send(place)).status, 429)
  await scene.world.client.caps.set('sandbox', place.inside.sandbox.id, [
    { unit: 'requests', limit: 2, window: 'total' },
  ])
  assert.equal((await send(place)).status, 200)
  assert.equal((await send(place)).status, 429)
})

test('G4: a cap on bytes counts bodies in both directions, and ends a response that is longer than what is left', async () => {
  const place = await scene.place([{ unit: 'bytes', limit: 3000, window: 'total', perRequest: 1600 }])
  const sent = await send(place, { method: 'POST', target: '/sized', body: 'y'.repeat(500) })
  assert.equal(sent.status, 200)
  const [usage] = (await scene.usage()).filter(({ id }) => id === place.inside.sandbox.id)
  assert.deepEqual([usage?.used, usage?.reserved], [1500, 0])
  const headers = [['Authorization', `Bearer ${place.inside.placeholder('API_KEY')}`]] as const
  const request = await absoluteForm.begin(place, {
    host: 'api.service.test',
    secret: 'api',
    target: '/stream',
    headers,
  })
  // A response that has begun can only be broken off.
  request.on('error', () => {})
  const closed = new Promise((resolve) => request.once('close', resolve))
  request.end().on('response', (response) => response.on('error', () => {}).resume())
  await closed
  const [after] = (await scene.usage()).filter(({ id }) => id === place.inside.sandbox.id)
  assert.ok(after!.used + after!.reserved <= 3000)
  const tooLong = await send(place, { method: 'POST', target: '/sized', body: 'y'.repeat(2000) })
  assert.equal(tooLong.code, 'cap_reached')
})

test('a request that never left counts for nothing', async () => {
  const place = await scene.place([tenRequests])
  const refused = await send(place, { target: '/hit', headers: [['X-Copy', place.inside.placeholder('API_KEY')]] })
  assert.notEqual(refused.status, 200)
  const [usage] = (await scene.usage()).filter(({ id }) => id === place.inside.sandbox.id)
  assert.deepEqual([usage?.used, usage?.reserved], [0, 0])
})

test('G6: a service that fails again and again is left alone for a while, and the refusal and the metrics say so', async () => {
  const place = await scene.place([{ unit: 'errors', limit: 3, window: 'minute', rolling: true }])
  for (let turn = 0; turn < 3; turn += 1) assert.equal((await send(place, { target: '/broken' })).status, 503)
  const before = scene.arrived.count
  const refused = await send(place)
  assert.deepEqual([refused.status, refused.code], [429, 'circuit_open'])
  assert.match(JSON.parse(refused.text).remedy, /^It closes at /)
  assert.equal(scene.arrived.count, before)
  const [usage] = (await scene.usage()).filter(({ id }) => id === place.inside.sandbox.id)
  assert.ok(usage?.openUntil !== undefined && usage.openUntil > new Date().toISOString())
  assert.match(await scene.metrics(), /coatcheck_circuits_open 1\n/)
  assert.match(await scene.metrics(), /exchanges_total\{[^}]*code="circuit_open"\} 1\n/)
  assert.match(await scene.metrics(), /coatcheck_alarms_total\{code="circuit_open"\} 1\n/)
  const coatcheck = makeCoatcheckCommand(scene.world.home)
  const shown = await runHere(coatcheck, scene.world.home, ['usage'])
  assert.match(shown.stdout, new RegExp(` 3errors/rolling-minute +3 .* until ${usage!.openUntil}\n`))
  const alarms = (await scene.world.events()).filter(
    ({ kind, event }) => kind === 'alarm' && event.code === 'circuit_open',
  )
  assert.deepEqual(
    alarms.map(({ event }) => [event.sandbox, event.rule, event.note]),
    [[place.inside.sandbox.id, 'cap 3errors/rolling-minute on sandbox', `until ${usage!.openUntil}`]],
  )
})
