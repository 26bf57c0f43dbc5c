import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AuditEntry } from './audit-log.ts'
import { prepareMembers, renderEntry } from './render-entry.ts'

const at = new Date('2026-11-22T12:00:00.125Z')

const members = fc.record(
  {
    project: fc.string({ unit: 'binary' }),
    sandbox: fc.string(),
    method: fc.constantFrom('GET', 'POST', '"', '\\'),
    scheme: fc.constantFrom('http' as const, 'https' as const),
    host: fc.string({ unit: 'binary' }),
    port: fc.nat(),
    path: fc.string({ unit: 'binary' }),
    rule: fc.string({ unit: 'grapheme' }),
    grants: fc.array(fc.string()),
    secrets: fc.array(fc.string({ unit: 'binary' })),
  },
  { requiredKeys: ['project'] },
)
const numbers = fc.record(
  {
    status: fc.nat(),
    upstreamStatus: fc.nat(),
    bytesSent: fc.nat(),
    bytesReceived: fc.nat(),
    scrubbed: fc.nat(),
    newKeys: fc.nat(),
    latencyMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  },
  { requiredKeys: [] },
)

test('a record from prepared members says what the same record says that was written at once', () => {
  fc.assert(
    fc.property(members, numbers, fc.constantFrom('exchange.intended', 'exchange.completed'), (form, outcome, kind) => {
      const { project } = form
      const entry = { id: 'exc_1', kind, ...outcome } as AuditEntry
      const prepared = prepareMembers(form as Omit<AuditEntry, 'id' | 'kind'>)
      const one = renderEntry({ ...entry, project, prepared }, at)
      const other = renderEntry({ ...entry, ...form } as AuditEntry, at)
      assert.deepEqual(JSON.parse(one), JSON.parse(other))
      assert.match(one, /^[\x20-\x7e]*$/)
    }),
    { numRuns: 300 },
  )
})

test('records of one millisecond and of the next have their own times', () => {
  const entry = { id: 'exc_1', kind: 'exchange.intended', project: 'default' } as const
  for (const ms of [0, 1, 1, 0, 999, 1_000, 1]) {
    const time = new Date(at.getTime() + ms)
    assert.equal(JSON.parse(renderEntry(entry, time)).at, time.toISOString())
    const prepared = prepareMembers({ project: 'default' })
    assert.equal(JSON.parse(renderEntry({ ...entry, prepared }, time)).at, time.toISOString())
  }
})
