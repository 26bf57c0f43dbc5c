import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../foundation/clock.ts'
import { Deadline } from './deadline.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')
const at = '2026-01-01T00:00:00.002Z'

/** A clock that stands where it is put. */
function standing(): Clock & { nowMs: number } {
  return { nowMs: start, now: () => new Date(clock.nowMs) } as Clock & { nowMs: number }
}
let clock = standing()

test('a deadline whose timer fires before its clock says so acts once the clock does', async () => {
  clock = standing()
  let acted = 0
  using _ = new Deadline(clock, at, () => {
    acted += 1
  })
  await sleep(30)
  assert.equal(acted, 0, 'the clock says that there is time')
  clock.nowMs = Date.parse(at)
  await sleep(30)
  assert.equal(acted, 1)
})

test('a deadline acts after its time, also where the clock was set back meanwhile', async () => {
  clock = standing()
  let acted = 0
  using _ = new Deadline(clock, at, () => {
    acted += 1
  })
  clock.nowMs = start - 3_600_000
  await sleep(30)
  assert.equal(acted, 1)
})

test('a deadline that is over acts at once, and one that was called off never', async () => {
  clock = standing()
  const acted: string[] = []
  using _ = new Deadline(clock, '2025-12-31T00:00:00.000Z', () => acted.push('over'))
  const off = new Deadline(clock, at, () => acted.push('off'))
  off[Symbol.dispose]()
  clock.nowMs = Date.parse(at)
  await sleep(30)
  assert.deepEqual(acted, ['over'])
})
