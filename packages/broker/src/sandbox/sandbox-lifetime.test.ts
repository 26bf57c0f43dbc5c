import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleSandbox } from '../storage/memory/sandbox-store.suite.ts'
import type { Secret } from '../vault/secret.ts'
import { after, firstLifetime, grantExpiry, renewedExpiry } from './sandbox-lifetime.ts'

const now = new Date('2026-11-22T10:00:00.000Z')
const minutes = (count: number) => after(now, count * 60)
const rotated = (rotationDays: number | null, daysAgo: number): Secret => ({
  id: 'sec_1',
  project: 'default',
  name: 'api',
  provider: null,
  shape: null,
  scopes: [],
  version: 1,
  weak: false,
  rotationDays,
  createdAt: after(now, -daysAgo * 86_400),
  rotatedAt: after(now, -daysAgo * 86_400),
})

for (const [input, expiresAt, endsBy] of [
  [{}, minutes(480), null],
  [{ ttlSeconds: 600 }, minutes(10), null],
  [{ lifetimeSeconds: 1800 }, minutes(36), minutes(60)],
  [{ lifetimeSeconds: 1800, ttlSeconds: 3600 }, minutes(60), minutes(60)],
] as const) {
  test(`S7: ${JSON.stringify(input)} lasts as long as it should`, () => {
    assert.deepEqual(firstLifetime(input, now), { expiresAt, endsBy })
  })
}

test('S7: no sandbox outlives the thing outside by more than its lifetime, at first or by renewal', () => {
  assert.throws(() => firstLifetime({ lifetimeSeconds: 1800, ttlSeconds: 3601 }, now), { code: 'request_invalid' })
  const sandbox = sampleSandbox({ endsBy: minutes(60) })
  assert.equal(renewedExpiry(sandbox, 3600, now), minutes(60))
  assert.throws(() => renewedExpiry(sandbox, 3601, now), { code: 'request_invalid' })
  assert.equal(renewedExpiry(sampleSandbox(), 86_400, now), minutes(1440))
})

for (const [what, fence, secret, own, expected] of [
  ['with its sandbox', 'none', rotated(null, 5), null, minutes(60)],
  ['when its secret is to be rotated', 'none', rotated(1, 0.99), null, after(now, 864)],
  ['with its sandbox, where the placeholder cannot be elsewhere', 'kernel', rotated(1, 0.99), null, minutes(60)],
  ['when that was asked for', 'none', rotated(30, 1), minutes(5), minutes(5)],
  ['with its sandbox at the latest', 'kernel', undefined, minutes(90), minutes(60)],
] as const) {
  test(`S7: a grant expires ${what}`, () => {
    assert.equal(grantExpiry(sampleSandbox({ fence, expiresAt: minutes(60) }), secret, own), expected)
  })
}
