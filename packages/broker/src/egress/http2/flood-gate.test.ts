import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FloodGate } from './flood-gate.ts'

test('as many are let through at once as the limit says, and then as time allows', () => {
  let nowMs = 0
  const gate = new FloodGate({ burst: 3, perSecond: 2 }, () => nowMs)
  const admitted = (): number => Array.from({ length: 10 }, () => gate.admit()).filter(Boolean).length
  assert.equal(admitted(), 3)
  nowMs = 1_000
  assert.equal(admitted(), 2)
  nowMs = 60_000
  assert.equal(admitted(), 3)
})
