import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSize } from './parse-size.ts'

for (const [text, bytes] of [
  ['1', 1],
  ['10000', 10_000],
  ['64K', 65_536],
  ['64m', 67_108_864],
  ['2G', 2_147_483_648],
] as const) {
  test(`${text} is ${bytes} bytes`, () => assert.equal(parseSize(text), bytes))
}

for (const text of [
  '',
  '0',
  '0M',
  'M',
  '-1',
  '1.5M',
  '1 M',
  '64MB',
  '64T',
  '1e6',
  'none',
  '0x10',
  '9'.repeat(16),
  '999999999999999G',
]) {
  test(`the size "${text}" is refused`, () => assert.throws(() => parseSize(text), { name: 'InvalidArgumentError' }))
}
