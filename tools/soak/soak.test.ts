import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSoak } from './run-soak.ts'

test('a short soak with aborts, resets, slow readers and revocations leaves nothing behind, and one intent and outcome each', async (context) => {
  const { rows, breaches } = await runSoak(8)
  for (const [what, value] of rows) context.diagnostic(`${what}: ${value}`)
  assert.deepEqual(breaches, [])
})
