import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { providersPage } from './reference-page.suite.ts'
import { providers } from './registry.ts'

const docs = new URL('../../../docs/', import.meta.url)

test('docs/reference/providers.md is in step with the catalog', () => {
  const page = readFileSync(new URL('reference/providers.md', docs), 'utf8')
  assert.ok(page === providersPage(), 'run `node --conditions=source tools/write-reference.ts`')
})

test('the README says how many providers there are', () => {
  const text = readFileSync(new URL('../README.md', docs), 'utf8')
  const counts = [...text.matchAll(/(\d+) providers/g)].map(([, count]) => Number(count))
  assert.ok(counts.length > 0 && counts.every((count) => count === providers.length), counts.join())
})
