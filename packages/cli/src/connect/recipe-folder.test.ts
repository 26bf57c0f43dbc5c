import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { ConnectRecipe } from '@coatcheck/contract'
import { RecipeFolder } from './recipe-folder.ts'

let base = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'recipe-'))
})
afterEach(() => rmSync(base, { recursive: true }))

const recipe = (path: string): ConnectRecipe => ({
  target: 'docker',
  fence: '',
  env: {},
  files: [{ path, content: 'x', confidential: false }],
  start: '',
  teardown: '',
  warnings: [],
})

test('files of a recipe are written into its folder, out of reach of a repository around it', () => {
  assert.deepEqual(new RecipeFolder(join(base, 'out'), false).write(recipe('ca-bundle.pem')), [
    'ca-bundle.pem',
    '.gitignore',
  ])
  assert.equal(readFileSync(join(base, 'out/ca-bundle.pem'), 'utf8'), 'x')
})

for (const path of [
  '../escaped',
  '/tmp/../escaped',
  'a/../../escaped',
  'inner/file',
  '..',
  '.',
  '',
  '.bashrc',
  'a\0b',
]) {
  test(`SEC-13: a broker elsewhere cannot name a file outside of the folder: ${JSON.stringify(path)}`, () => {
    const folder = new RecipeFolder(join(base, 'out'), false)
    assert.throws(() => folder.write(recipe(path)), { code: 'request_invalid' })
    assert.ok(!existsSync(join(base, 'escaped')))
  })
}
