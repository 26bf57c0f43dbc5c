import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mebibyte, pattern, smallBody } from '../wire/contents.ts'
import { exchangeForms } from './exchange-form.ts'

const { small, 'down-1-mib': down } = exchangeForms

test('the small answer has 300 bytes', () => assert.equal(Buffer.byteLength(smallBody), 300))

test('the small answer is right whole and in pieces', () => {
  const body = Buffer.from(smallBody)
  assert.ok(small.isRight(body, 0))
  assert.ok(small.isRight(body.subarray(100, 120), 100))
})

for (const [what, piece, offset] of [
  ['another byte', Buffer.from(smallBody.replace('a', 'b')), 0],
  ['another place', Buffer.from(smallBody.slice(0, 20)), 1],
  ['too much', Buffer.from(`${smallBody} `), 0],
] as const) {
  test(`${what} is wrong`, () => assert.ok(!small.isRight(piece, offset)))
}

test('a long body is compared byte by byte', () => {
  assert.ok(down.isRight(pattern.subarray(10, 5_000), 10))
  assert.ok(!down.isRight(pattern.subarray(10, 5_000), 11))
  const spoilt = Buffer.from(pattern)
  spoilt[mebibyte - 1]! ^= 1
  assert.ok(!down.isRight(spoilt, 0))
  assert.ok(!down.isRight(Buffer.concat([pattern, pattern.subarray(0, 1)]), 0))
})
