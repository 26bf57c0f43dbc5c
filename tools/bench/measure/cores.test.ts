import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProcessorList } from './cores.ts'

for (const [text, expected] of [
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['2,5-6', [2, 5, 6]],
  ['none', []],
] as const) {
  test(`the processors of “${text}” are [${expected}]`, () => {
    assert.deepEqual(parseProcessorList(text), expected)
  })
}
