import assert from 'node:assert/strict'
import type { Cap } from '@coatcheck/contract'
import { doorWays } from '../../wire/ways-in.ts'
import { bearer, register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const asking = { host: goodHost, secret: 'key', target: '/json' }
/** Each with what the second request under it meets. */
const caps: readonly (readonly [cap: Cap, code: string])[] = [
  [{ unit: 'requests', limit: 1, window: 'day' }, 'cap_reached'],
  [{ unit: 'requests', limit: 1, window: 'minute', rolling: true, breaker: true }, 'circuit_open'],
  [{ unit: 'usd', limit: 1, window: 'month' }, 'cap_unmeasured'],
]

/** Caps that are reached, that break a circuit and that cannot be told, and what was used of them. */
export const cappedUse: Door = {
  name: 'caps that are reached, open a circuit or cannot be measured, and what was used of them',
  once: 'here',
  async walk(stage) {
    for (const [cap, code] of caps) {
      const sandbox = await register(stage, { secrets: { KEY: 'key' }, caps: [cap] })
      const headers = [bearer(sandbox)]
      await sandbox.send(doorWays[0]!, { ...asking, headers })
      const { foreign } = stage.values
      const refused = await sandbox.send(doorWays[0]!, {
        ...asking,
        method: 'POST',
        headers: [...headers, ['Content-Type', 'application/json']],
        body: JSON.stringify({ model: foreign.value, amount: foreign.value, currency: foreign.value }),
      })
      assert.equal(refused.code, code, refused.text)
      await sandbox.sendByEach({ ...asking, headers })
      await stage.ask({
        method: 'POST',
        path: '/v1/explain',
        body: { sandbox: sandbox.sandbox.id, method: 'GET', url: `https://${goodHost}/json`, headers: [] },
      })
      if (code === 'cap_reached') await views(stage, sandbox.sandbox.id)
      await stage.client.sandboxes.end(sandbox.sandbox.id)
    }
    await refusals(stage)
  },
}

async function views(stage: Stage, id: string): Promise<void> {
  for (const args of [
    ['cap', 'set', 'secret:key', '1000requests/day'],
    ['cap', 'set', `sandbox:${id}`, '5usd/day,0.5', '10errors/hour'],
    ['usage'],
    ['usage', '--json'],
    ['cap', 'set', 'secret:key'],
  ]) {
    const { code, stderr } = await stage.commandHere(args)
    assert.equal(code, 0, stderr)
  }
  assert.equal((await stage.ask({ method: 'GET', path: '/metrics' })).status, 200)
}

/** A value in every field of a cap. */
async function refusals(stage: Stage): Promise<void> {
  const { value } = stage.values.next
  const good = { unit: 'requests', limit: 1, window: 'day' }
  const bodies = [
    { caps: value },
    { caps: [value] },
    ...['unit', 'limit', 'window', 'rolling', 'perRequest', 'breaker', value].map((field) => ({
      caps: [{ ...good, [field]: value }],
    })),
  ]
  for (const body of bodies) {
    const { status, text } = await stage.ask({ method: 'PUT', path: '/v1/caps/project', body })
    assert.ok(status >= 400 && status < 500, text)
  }
  for (const path of [`/v1/caps/secret/${value}`, `/v1/caps/${value}/key`, `/v1/caps/grant/${value}`])
    await stage.ask({ method: 'PUT', path, body: { caps: [good] } })
  const typed = stage.values.mistyped.value
  for (const args of [
    ['cap', 'set', typed, '1usd/day'],
    ['cap', 'set', 'secret:key', typed],
    ['cap', 'set', 'project', `1${typed}/day`],
  ]) {
    assert.notEqual((await stage.commandHere(args)).code, 0)
  }
}
