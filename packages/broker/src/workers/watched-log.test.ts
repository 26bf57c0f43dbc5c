import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Journal } from '../audit/journal.ts'
import { systemClock } from '../foundation/clock.ts'
import { WatchedLog } from './watched-log.ts'

test('another thread sees whether the journal is failing, and this one what is open', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-watched-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const directory = join(folder, 'audit')
  const journal = new Journal({ directory, nodeId: 'test', clock: systemClock })
  const memory = new SharedArrayBuffer(4)
  const log = new WatchedLog(journal, memory)
  const state = new Int32Array(memory)
  const event = { id: 'exc_1', project: 'default' }
  await log.append({ ...event, kind: 'exchange.intended' })
  assert.deepEqual([log.open, state[0]], [1, 0])
  await log.append({ ...event, kind: 'exchange.completed' })
  assert.deepEqual([log.open, state[0]], [0, 0])
  rmSync(directory, { recursive: true })
  await assert.rejects(
    async () => {
      for (let turn = 0; turn < 100; turn += 1) {
        await log.append({ ...event, kind: 'exchange.intended' })
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    { code: 'audit_unavailable' },
  )
  assert.equal(state[0], 1)
  await journal.close()
})
