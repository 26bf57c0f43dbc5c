import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '../audit/audit-log.ts'
import { TrafficCounts } from './traffic-counts.ts'
import { addTraffic, takeTraffic } from './traffic-delta.ts'

const facts = { id: 'exc_1', project: 'default' }
const intended: AuditEntry = { ...facts, kind: 'exchange.intended' }
const completed: AuditEntry = {
  ...facts,
  kind: 'exchange.completed',
  upstreamStatus: 200,
  latencyMs: 30,
  bytesSent: 5,
  bytesReceived: 7,
  scrubbed: 2,
  newKeys: 3,
}
const others: readonly AuditEntry[] = [
  { ...facts, kind: 'exchange.refused', code: 'destination_denied' },
  { ...facts, kind: 'connection.refused', code: 'rate_limited' },
  { ...facts, kind: 'alarm.raised', code: 'foreign_credential' },
  { ...facts, kind: 'name.refused' },
  { ...facts, kind: 'secret.created' },
  { ...facts, kind: 'authentication.failed', count: 3 },
]

const stateOf = (counts: TrafficCounts) => structuredClone(takeTraffic(counts))

test('what is taken bit by bit, sent to another thread and added there is the whole', () => {
  const [whole, part, sum] = [new TrafficCounts(), new TrafficCounts(), new TrafficCounts()]
  for (const entry of [intended, intended, ...others, completed, completed]) {
    whole.add(entry)
    part.add(entry)
    addTraffic(sum, structuredClone(takeTraffic(part)))
  }
  assert.equal(sum.exchangeDuration.count, 2)
  assert.deepEqual(stateOf(sum), stateOf(whole))
})

test('nothing is counted twice', () => {
  const counts = new TrafficCounts()
  counts.add(intended)
  takeTraffic(counts)
  assert.deepEqual(stateOf(counts), stateOf(new TrafficCounts()))
})
