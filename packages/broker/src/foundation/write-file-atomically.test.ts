import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sweepUnfinished, writeFileAtomically } from './write-file-atomically.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-atomic-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a file is replaced whole, with mode 0600, and nothing is left beside it (R-98)', (context) => {
  const folder = makeFolder(context)
  writeFileAtomically(join(folder, 'mark'), 'one')
  writeFileAtomically(join(folder, 'mark'), 'two')
  assert.deepEqual(readdirSync(folder), ['mark'])
  assert.equal(readFileSync(join(folder, 'mark'), 'utf8'), 'two')
  assert.equal(statSync(join(folder, 'mark')).mode & 0o777, 0o600)
})

test('what a dead process left unfinished is swept; what a living one writes, and other files, are not', (context) => {
  const folder = makeFolder(context)
  const dead = 2 ** 22 + 1
  const unfinished = [`mark.${dead}.tmp`, `mark-clock.${dead}.tmp`]
  const names = [...unfinished, `mark.${process.pid}.tmp`, `other.${dead}.tmp`, 'mark', 'mark-clock']
  for (const name of names) writeFileSync(join(folder, name), '')
  sweepUnfinished(join(folder, 'mark'))
  assert.deepEqual(readdirSync(folder).sort(), names.filter((name) => !unfinished.includes(name)).sort())
})
