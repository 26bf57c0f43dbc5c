import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const users = 3
const rounds = 40
const program = join(import.meta.dirname, 'workspace-user.suite.ts')

test('SEC-06: processes that ready the same workspace at once are not in each other’s way, and nothing is left', {
  skip: process.platform !== 'linux' && 'needs Linux',
}, async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'workspace-crowd-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'lib/.git'), { recursive: true })
  writeFileSync(join(root, 'lib/.git/HEAD'), 'ref: refs/heads/main\n')
  const args = ['--conditions=source', program, root, String(rounds)]
  const run = () => promisify(execFile)(process.execPath, args, { encoding: 'utf8' })
  for (const { stdout, stderr } of await Promise.all(Array.from({ length: users }, run))) {
    assert.deepEqual([stdout, stderr], ['', ''])
  }
  assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), ['lib', 'lib/.git', 'lib/.git/HEAD'])
})
