import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Journal } from '../../audit/journal.ts'
import { systemClock } from '../../foundation/clock.ts'
import { SqliteAuditIndex } from './audit-index.ts'

const records = 2_000

test('a journal is read in slices, none of which reads all of it, and a question finds everything', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'coatcheck-pace-'))
  const journal = new Journal({ directory, nodeId: 'node', clock: systemClock })
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  const entry = { kind: 'secret.created', project: 'default' } as const
  await Promise.all(Array.from({ length: records }, (_, index) => journal.append({ ...entry, id: `evt_${index}` })))
  await journal.close()

  const index = new SqliteAuditIndex(directory)
  context.after(() => index.close())
  let slices = 0
  while (!index.catchUpFor(0) && slices < 10) slices++
  assert.equal(slices, 10, 'a budget that is used up reads nothing more')
  for (let turn = 0; turn < 1_000 && !index.catchUpFor(5); turn++);
  assert.equal(index.catchUpFor(0), true, 'nothing is left to read')
  const newest = index.query({ project: 'default', limit: 1_000 })
  const older = index.query({ project: 'default', limit: 1_000, cursor: newest.cursor ?? '' })
  assert.deepEqual([newest.items.length, older.items.length, older.cursor], [1_000, 1_000, null])
})
