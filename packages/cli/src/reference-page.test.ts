import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cliPage } from './reference-page.suite.ts'

test('docs/reference/cli.md is in step with the commands', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/cli.md'), 'utf8')
  assert.ok(page === cliPage(), 'run `node --conditions=source tools/write-reference.ts`')
})
