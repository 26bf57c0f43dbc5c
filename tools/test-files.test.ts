import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { selectTestFiles } from './test-files.ts'

const root = mkdtempSync(join(tmpdir(), 'test-files-'))
after(() => rmSync(root, { recursive: true }))

for (const path of [
  'packages/a/src/one.test.ts',
  'packages/a/src/one.ts',
  'packages/a/dist/one.test.js',
  'packages/a/test/slow.test.ts',
  'test/architecture.test.ts',
  'test/wire/curl.test.ts',
]) {
  mkdirSync(join(root, dirname(path)), { recursive: true })
  writeFileSync(join(root, path), '')
}

const select = (unitOnly: boolean, ...containing: string[]) =>
  selectTestFiles(root, { unitOnly, containing }).map((path) => relative(root, path))

test('quick tests come before slow ones, and compiled copies are not taken', () => {
  assert.deepEqual(select(false), [
    'packages/a/src/one.test.ts',
    'test/architecture.test.ts',
    'packages/a/test/slow.test.ts',
    'test/wire/curl.test.ts',
  ])
})

test('the quick ones can be had alone', () => {
  assert.deepEqual(select(true), ['packages/a/src/one.test.ts', 'test/architecture.test.ts'])
})

test('parts of paths narrow the selection', () => {
  assert.deepEqual(select(false, 'wire', 'slow'), ['packages/a/test/slow.test.ts', 'test/wire/curl.test.ts'])
  assert.deepEqual(select(false, 'no such'), [])
})
