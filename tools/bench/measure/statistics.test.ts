import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, pairedAddedRatio, pairedRatio } from './statistics.ts'

for (const [values, expected] of [
  [[], undefined],
  [[7], 7],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
] as const) {
  test(`the median of [${values}] is ${expected}`, () => assert.equal(median(values), expected))
}

test('a paired ratio is the median of the rounds’ ratios, not the ratio of the medians', () => {
  assert.equal(pairedRatio([10, 200, 30], [1, 100, 10]), 3)
})

for (const [what, values, others] of [
  ['no round', [], []],
  ['no value', [undefined], [1]],
  ['no other', [1], []],
  ['another of 0', [1], [0]],
  ['another below 0', [1], [-1]],
] as const) {
  test(`${what} makes no ratio`, () => assert.equal(pairedRatio(values, others), undefined))
}

test('rounds that lack one of both are left out', () => {
  assert.equal(pairedRatio([undefined, 6, 8], [1, 2, undefined]), 3)
})

test('what is added is compared after the base was taken off, round by round', () => {
  assert.equal(pairedAddedRatio([50, 70], [30, 30], [20, 10]), 3)
  assert.equal(pairedAddedRatio([50], [30], [undefined]), undefined)
  assert.equal(pairedAddedRatio([50], [20], [20]), undefined)
})
