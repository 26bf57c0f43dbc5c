import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from './histogram.ts'

test('an empty histogram has no quantile', () => {
  const histogram = new Histogram()
  assert.equal(histogram.count, 0)
  assert.equal(histogram.quantile(0.5), undefined)
})

for (const [share, expected] of [
  [0, 1_000],
  [0.5, 500_000],
  [0.99, 990_000],
  [1, 1_000_000],
] as const) {
  test(`the quantile ${share} of a thousand even values is within 0.6 % of the true one`, () => {
    const histogram = new Histogram()
    for (let value = 1; value <= 1_000; value += 1) histogram.record(value * 1_000)
    assert.equal(histogram.count, 1_000)
    const found = histogram.quantile(share) ?? Number.NaN
    assert.ok(Math.abs(found / expected - 1) < 0.006, `${found} is not ${expected}`)
  })
}

test('values beyond either end are counted at that end', () => {
  const histogram = new Histogram()
  histogram.record(0)
  histogram.record(2 ** 50)
  assert.equal(histogram.count, 2)
  assert.ok((histogram.quantile(0.5) ?? Number.NaN) < 2)
  assert.ok((histogram.quantile(1) ?? Number.NaN) > 2 ** 35)
})
