import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from './database.ts'

test('N2: what another process changes is noticed, also where the file is opened anew before anybody asks', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-database-'))
  const path = join(folder, 'data', 'coatcheck.db')
  const [mine, others] = [new Database(path), new Database(path)]
  context.after(() => {
    mine.close()
    others.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const seen = new Set([mine.dataVersion()])
  for (let round = 0; round < 5; round += 1) {
    others.transaction('IMMEDIATE', () => others.prepare(`PRAGMA application_id = ${round + 1}`).run())
    others.purge()
    mine.reopenIfReplaced()
    seen.add(mine.dataVersion())
  }
  assert.equal(seen.size, 6)
})
