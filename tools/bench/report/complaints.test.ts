import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../run-scenario.ts'
import { complaints } from './complaints.ts'
import type { Results } from './results.ts'

const row = (peer: Row['peer'], cpuUs: number, voidReason?: string): Row => ({
  peer,
  rounds: [{ cpuUs }],
  ...(voidReason !== undefined && { voidReason }),
})
const resultsOf = (...rows: readonly Row[]) =>
  ({ scenarios: [{ name: 'small', title: '', unit: 'request', rows }] }) as unknown as Results

test('a run without errors and with a good ratio is no failure', () => {
  assert.deepEqual(complaints(resultsOf(row('own', 5), row('reference', 10)), true), [])
})

test('a void row of ours is a failure, of another peer it is not', () => {
  assert.deepEqual(complaints(resultsOf(row('nginx', 5, 'gone')), false), [])
  for (const peer of ['direct', 'own', 'reference'] as const) {
    assert.deepEqual(complaints(resultsOf(row(peer, 5, 'gone')), false), [`small, ${peer}: gone`])
  }
})

test('a ratio over a half is a failure of the short form only', () => {
  const results = resultsOf(row('own', 5.1), row('reference', 10))
  assert.deepEqual(complaints(results, false), [])
  assert.match(complaints(results, true)[0] ?? '', /needs 0\.51 of the processor time/)
})

test('where there is one plane only, there is no ratio', () => {
  assert.deepEqual(complaints(resultsOf(row('reference', 10)), true), [])
})
