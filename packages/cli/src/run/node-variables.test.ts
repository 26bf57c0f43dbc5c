import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { nodeVariables } from './node-variables.ts'

test('AC-2.1: Node loads the preload that these variables name, before what the caller wanted loaded', () => {
  const script = 'console.log(Object.keys(require.cache).length, process.title)'
  const env = { ...nodeVariables('--title=own'), HTTPS_PROXY: 'http://127.0.0.1:9' }
  const said = execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
  assert.equal(said, '1 own\n')
})

test('without options of the caller’s there are none but ours', () => {
  assert.match(nodeVariables()['NODE_OPTIONS'], /^--require "\/.*\/node-preload\.cjs"$/)
})
