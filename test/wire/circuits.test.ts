import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHere } from '../cli/in-this-process.suite.ts'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { openCapScene, send } from './cap-scene.ts'

const hit: Route = { method: 'GET', path: /^\/hit/, answer: ({ response }) => void response.end('hit') }

const places = [
  ['the own plane', {}],
  ['the reference plane', { httpPlane: 'reference' as const }],
  ['two workers', { workers: 2 }],
] as const

for (const [where, further] of places) {
  test(`G6: over ${where} a breaker that opens says so to the agent, in usage, in the metrics, and once by an alarm`, async () => {
    await using scene = await openCapScene({ routes: [hit], ...further })
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
    const coatcheck = makeCoatcheckCommand(scene.world.home)
    const shown = await runHere(coatcheck, scene.world.home, ['usage'])
    assert.match(shown.stdout, new RegExp(`secret api +3requests/rolling-hour! +3 .* until ${usage!.openUntil}\n`))
    const metrics = await scene.metrics()
    assert.match(metrics, /coatcheck_circuits_open 1\n/)
    assert.match(metrics, /coatcheck_alarms_total\{code="circuit_open"\} 1\n/)
    const alarms = (await scene.world.events()).filter(({ kind }) => kind === 'alarm')
    assert.deepEqual(
      alarms.map(({ event }) => [event.code, event.rule, event.subject, event.note]),
      [['circuit_open', 'cap 3requests/rolling-hour! on secret', 'api', `until ${usage!.openUntil}`]],
    )
  })
}
