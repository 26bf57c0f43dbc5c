import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { providers } from '@coatcheck/catalog'
import { isPlaceholderText, placeholderTexts } from './placeholder-grammar.ts'

const packages = join(import.meta.dirname, '..', '..', '..')
const sample = { alphanumeric: 'B0', hexadecimal: 'a0' } as const

test('R-66: every placeholder that the catalog describes has the form that the way out looks for', () => {
  for (const { placeholder, label } of providers.flatMap(({ keyShapes }) => keyShapes)) {
    const { lead, alphabet, length } = placeholder
    const text = lead + sample[alphabet].repeat(length).slice(0, length)
    assert.ok(isPlaceholderText(text), label)
    for (const around of [`"${text}"`, `key=${text};`, `user:${text}`, `/bot/${text}/x`, `Bearer ${text}`]) {
      assert.ok(placeholderTexts(around).includes(text), `${label} in ${around}`)
    }
  }
})

test('R-66: other texts do not have it', () => {
  for (const text of ['', 'coatcheck', 'a'.repeat(31), 'a'.repeat(129), `${'a'.repeat(32)}/`, `a:${'b'.repeat(32)}`]) {
    assert.equal(isPlaceholderText(text), false)
  }
})

test('R-66: nothing else in the sources describes the form of a placeholder', () => {
  // Those that make them, and the one that reads them.
  const known = [
    'broker/src/egress/stages/candidate-tokens.ts',
    'broker/src/sandbox/placeholder.ts',
    'catalog/src/index.ts',
    'catalog/src/key-shape.ts',
    'cli/src/run/credential-files/fault-of-value.ts',
    'cli/src/run/find-credentials.ts',
  ]
  const files = globSync('*/src/**/*.ts', { cwd: packages }).filter((path) => !/\.(?:test|suite)\.ts$/.test(path))
  const users = files.filter((path) => /placeholderMarker|\/[^/\n]*coatcheck[_-][^/\n]*\/[a-z]*[.;,)]/.test(read(path)))
  assert.deepEqual(
    users.filter((path) => !known.includes(path)),
    [],
  )
  const patterns = files.filter((path) => path.startsWith('broker/') && read(path).includes('[\\w.-]+'))
  assert.deepEqual(patterns, ['broker/src/foundation/placeholder-grammar.ts'])
})

function read(path: string): string {
  return readFileSync(join(packages, path), 'utf8')
}
