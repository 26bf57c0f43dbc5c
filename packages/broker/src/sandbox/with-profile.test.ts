import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cap, RuleList } from '@coatcheck/contract'
import { lockedProfile, type Profile } from '../policy/profile.ts'
import { withProfile } from './with-profile.ts'

const rules = (name: string): RuleList => ({ default: 'deny', rules: [{ name, effect: 'deny' }] })
const profile: Profile = {
  ...lockedProfile,
  name: 'checkout',
  origin: 'own',
  secrets: { KEY: 'test-key', OTHER: 'other' },
  rules: { KEY: rules('profile') },
  caps: [{ unit: 'requests', limit: 100, window: 'day' }],
  ttlSeconds: 600,
}

test('a request that says nothing else gets what the profile has', () => {
  const { secrets, rules: lists, caps, ttlSeconds } = withProfile({}, profile)
  assert.deepEqual([secrets, lists, caps, ttlSeconds], [profile.secrets, profile.rules, profile.caps, 600])
})

test('a built-in profile gives no secret, no rule, no cap and no time', () => {
  assert.deepEqual(withProfile({ name: 'web' }, lockedProfile), { name: 'web', secrets: {}, caps: [] })
})

test('what the request says is added, and has the last word about a variable', () => {
  const { secrets } = withProfile({ secrets: { KEY: 'live-key', MORE: 'more' } }, profile)
  assert.deepEqual(secrets, { KEY: 'live-key', OTHER: 'other', MORE: 'more' })
  const given = withProfile({ credentials: { KEY: 'a value' } }, profile)
  assert.deepEqual([given.secrets, given.credentials], [{ OTHER: 'other' }, { KEY: 'a value' }])
})

test('the rules of a profile stay on a variable whose secret was replaced, until other rules are given', () => {
  assert.deepEqual(withProfile({ secrets: { KEY: 'live-key' } }, profile).rules, profile.rules)
  assert.deepEqual(withProfile({ credentials: { KEY: 'a value' } }, profile).rules, profile.rules)
  const own = { KEY: rules('own'), OTHER: rules('other') }
  assert.deepEqual(withProfile({ rules: own }, profile).rules, own)
})

const requests = (limit: number, more: Partial<Cap> = {}): Cap => ({ unit: 'requests', limit, window: 'day', ...more })
for (const [what, asked, expected] of [
  ['a higher one is not given', [requests(1_000)], [requests(100)]],
  ['a lower one holds', [requests(10)], [requests(10)]],
  [
    'one that counts something else is added',
    [requests(10, { window: 'hour' })],
    [requests(100), requests(10, { window: 'hour' })],
  ],
  [
    'one that rolls counts something else',
    [requests(500, { rolling: true })],
    [requests(100), requests(500, { rolling: true })],
  ],
  ['a circuit opens if either says so', [requests(1_000, { breaker: true })], [requests(100, { breaker: true })]],
] as const) {
  test(`SEC-08: of caps, ${what}`, () => {
    assert.deepEqual(withProfile({ caps: asked }, profile).caps, expected)
  })
}

test('the time of the request takes the place of that of the profile, and so does a lifetime', () => {
  assert.equal(withProfile({ ttlSeconds: 60 }, profile).ttlSeconds, 60)
  assert.equal(withProfile({ lifetimeSeconds: 60 }, profile).ttlSeconds, undefined)
})
