import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { maskOf } from './masked-content.ts'

const maxReadBytes = 1_048_576

test('SEC-04: of a settings file of 1 MiB the secrets are taken out, and a longer one is hidden whole', (context) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'masked-content-')))
  context.after(() => rmSync(root, { recursive: true }))
  const lines = 'HARMLESS=yes\nAPI_KEY=sk_live_0123456789abcdef\n'
  for (const [length, isShown] of [
    [maxReadBytes, true],
    [maxReadBytes + 1, false],
  ] as const) {
    writeFileSync(join(root, '.npmrc'), lines.padEnd(length - 1, '#').concat('\n'))
    const mask = maskOf(root, '.npmrc')
    assert.equal(mask?.hides, true)
    assert.ok(!mask.content.includes('sk_live'))
    assert.equal(mask.content !== '', isShown)
  }
})
