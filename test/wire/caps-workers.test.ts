import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cap } from '@coatcheck/contract'
import { openCapScene, send } from './cap-scene.ts'

const linux = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const routes = [
  {
    method: 'GET',
    path: /^\/hit/,
    answer: ({ response }: { readonly response: { end(text: string): unknown } }) => void response.end('hit'),
  },
]

test('N3, AC-17.3: a cap of 10 admits 10 of 100 parallel requests over two workers', { skip: linux }, async () => {
  await using scene = await openCapScene({ workers: 2, routes })
  const cap: Cap = { unit: 'requests', limit: 10, window: 'total' }
  const place = await scene.place([cap])
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(place)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 10)
  assert.equal(answers.filter(({ code }) => code === 'cap_reached').length, 90)
  assert.equal(scene.arrived.count, 10)
  await scene.world.client.caps.set('sandbox', place.inside.sandbox.id, [{ ...cap, limit: 15 }])
  const more = await Promise.all(Array.from({ length: 30 }, () => send(place)))
  assert.equal(more.filter(({ status }) => status === 200).length, 5)
  const [usage] = await scene.usage()
  assert.deepEqual([usage?.used, usage?.reserved], [15, 0])
})

test('G6: a breaker that opens over two workers says so to the agent, in usage, in the metrics, and once by an alarm', {
  skip: linux,
}, async () => {
  await using scene = await openCapScene({ workers: 2, routes })
  await scene.world.client.caps.set('secret', 'api', [
    { unit: 'requests', limit: 3, window: 'hour', rolling: true, breaker: true },
  ])
  const place = await scene.place()
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(place)))
  const refused = answers.filter(({ status }) => status !== 200)
  assert.deepEqual([scene.arrived.count, refused.length], [3, 7])
  for (const { code, headers, status, text } of refused) {
    assert.deepEqual([status, code], [429, 'circuit_open'])
    assert.ok(Number(headers['retry-after']) > 3000)
    assert.match(JSON.parse(text).remedy, /^It closes at /)
  }
  const [usage] = await scene.usage()
  assert.ok(usage!.openUntil! > new Date().toISOString())
  assert.match(await scene.metrics(), /coatcheck_alarms_total\{code="circuit_open"\} 1\n/)
  const alarms = (await scene.world.events()).filter(({ kind }) => kind === 'alarm')
  assert.deepEqual(
    alarms.map(({ event }) => [event.code, event.rule, event.subject, event.note]),
    [['circuit_open', 'cap 3requests/rolling-hour! on secret', 'api', `until ${usage!.openUntil}`]],
  )
})

test('G4: a cap that is set on a living sandbox holds for the next request in every worker', {
  skip: linux,
}, async () => {
  await using scene = await openCapScene({ workers: 2, routes })
  const place = await scene.place()
  for (let turn = 0; turn < 8; turn += 1) assert.equal((await send(place)).status, 200)
  await scene.world.client.caps.set('project', null, [{ unit: 'requests', limit: 1, window: 'total' }])
  const answers = []
  for (let turn = 0; turn < 12; turn += 1) answers.push((await send(place)).status)
  assert.deepEqual(answers, [200, ...Array.from({ length: 11 }, () => 429)])
})
