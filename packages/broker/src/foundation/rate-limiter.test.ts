import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerKey } from './peer-key.ts'
import { RateLimiter } from './rate-limiter.ts'

test('a key may do a burst, and then as much as time gives back', () => {
  let nowMs = 0
  const limiter = new RateLimiter(
    { now: () => new Date(nowMs), monotonicMs: () => nowMs },
    { burst: 2, perSecond: 0.5 },
  )
  assert.deepEqual([limiter.take('a'), limiter.take('a'), limiter.take('a')], [undefined, undefined, 2])
  assert.equal(limiter.take('b'), undefined, 'another key is not touched')
  nowMs = 1_999
  assert.equal(limiter.take('a'), 1)
  nowMs = 2_000
  assert.equal(limiter.take('a'), undefined)
  nowMs = 1_000_000
  assert.deepEqual([limiter.take('a'), limiter.take('a'), limiter.take('a')], [undefined, undefined, 2])
})

test('as many are let through at once as the limit says, and then as time allows', () => {
  let nowMs = 0
  const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
  const limiter = new RateLimiter(clock, { burst: 3, perSecond: 2 })
  const admitted = (): number =>
    Array.from({ length: 10 }, () => limiter.take('')).filter((wait) => wait === undefined).length
  assert.equal(admitted(), 3)
  nowMs = 1_000
  assert.equal(admitted(), 2)
  nowMs = 60_000
  assert.equal(admitted(), 3)
})

test('any number of keys is held in bounded room, and known ones keep theirs', () => {
  let nowMs = 0
  const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
  const limiter = new RateLimiter(clock, { burst: 1, perSecond: 0.001 })
  assert.equal(limiter.take('known'), undefined)
  for (let index = 0; index < 20_000; index++) limiter.take(`stranger ${index}`)
  assert.notEqual(limiter.take('known'), undefined, 'its bucket was not lost in the crowd')
  assert.notEqual(limiter.take('one more'), undefined, 'strangers share what is left')
  nowMs = 1_000_000
  assert.equal(limiter.take('one more'), undefined, 'full buckets make room')
})

for (const [address, key] of [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::5', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
] as const) {
  test(`${address} counts as ${key}`, () => assert.equal(peerKey(address), key))
}
