import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, parseSince } from './parse-duration.ts'

for (const [text, seconds] of [
  ['90s', 90],
  ['30m', 1800],
  ['8h', 28_800],
  ['7d', 604_800],
] as const) {
  test(`${text} is ${seconds} seconds`, () => assert.equal(parseDuration(text), seconds))
}

for (const text of ['', '8', 'h', '0h', '-1h', '1.5h', '8 h', '8H', '1h30m', '99999999s']) {
  test(`the duration "${text}" is refused`, () =>
    assert.throws(() => parseDuration(text), { name: 'InvalidArgumentError' }))
}

test('a time is an instant, or so long ago', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  assert.equal(parseSince('1h', now), '2026-01-02T02:04:05.000Z')
  assert.equal(parseSince('2026-01-01T12:00:00+01:00', now), '2026-01-01T11:00:00.000Z')
  assert.throws(() => parseSince('yesterday', now), { name: 'InvalidArgumentError' })
  assert.throws(() => parseSince('2026-99-01T00:00:00Z', now), { name: 'InvalidArgumentError' })
})
