import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { thirdPartyTexts } from './third-party-texts.ts'

function install(context: TestContext, license: string): string {
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-texts-'))
  context.after(() => rmSync(root, { recursive: true }))
  const folder = join(root, 'node_modules/@scope/thing')
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@scope/thing', version: '1.2.3', license }))
  writeFileSync(join(folder, 'LICENSE'), 'Do as you like.\n')
  // Says how to read the folder, and is no package.
  writeFileSync(join(folder, 'dist/package.json'), JSON.stringify({ type: 'module' }))
  return join(folder, 'dist/index.js')
}

test('a package is named once, with its version, its licence and the text of it', (context) => {
  const file = install(context, 'MIT')
  assert.equal(thirdPartyTexts([file, file]), '@scope/thing 1.2.3 (MIT)\n\nDo as you like.\n')
})

test('our own files need no licence of somebody else', () => {
  assert.equal(thirdPartyTexts([import.meta.filename]).trim(), '')
})

test('parts of a package may be under different licences, each of which is one that we take', (context) => {
  assert.match(thirdPartyTexts([install(context, '(Apache-2.0 AND BSD-3-Clause)')]), /Apache-2\.0 AND BSD-3-Clause/)
  for (const license of ['(MIT AND GPL-3.0)', '(MIT OR GPL-3.0)'])
    assert.throws(() => thirdPartyTexts([install(context, license)]), /has the licence/)
})

test('a licence that we do not take ends the packing', (context) => {
  const file = install(context, 'GPL-3.0')
  assert.throws(() => thirdPartyTexts([file]), /@scope\/thing has the licence GPL-3\.0/)
})
