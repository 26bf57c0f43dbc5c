import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProgram } from '../program.ts'
import { processSurroundings, Session } from '../session.ts'
import { completionTree } from './completion-tree.ts'

const names = {
  secrets: ['stripe'],
  sandboxes: ['sbx_1'],
  keys: [],
  providers: ['openai'],
  profiles: ['checkout', 'dev'],
}

/** What the words are completed with, by the text that the shells read. */
function suggestions(t: { mock: { method: typeof import('node:test').mock.method } }, words: string[]): string[] {
  const lines: string[] = []
  const log = t.mock.method(console, 'log', (line: string) => lines.push(line))
  completionTree(createProgram(new Session(processSurroundings())), names).parse(words)
  log.mock.restore()
  return lines.filter((line) => !line.startsWith(':')).map((line) => line.split('\t')[0] ?? '')
}

test('commands are completed, and commands below them', (t) => {
  assert.ok(suggestions(t, ['se']).includes('secret'))
  assert.ok(suggestions(t, ['secret', '']).includes('rotate'))
  assert.deepEqual(suggestions(t, ['nonsense', 'x']), [])
})

test('options are completed, and the values that they can have', (t) => {
  assert.ok(suggestions(t, ['run', '--prof']).includes('--profile'))
  assert.deepEqual(suggestions(t, ['run', '--profile', '']), ['checkout', 'dev'])
  assert.deepEqual(suggestions(t, ['logs', '--kind', 'r']), ['requests'])
  assert.deepEqual(suggestions(t, ['settings', 'unset', 'r']), ['roots'])
  assert.deepEqual(suggestions(t, ['run', '--isolation', '']), ['auto', 'process', 'advisory'])
})

test('names that exist are completed where one is asked for, and not where a new one is made', (t) => {
  assert.deepEqual(suggestions(t, ['secret', 'rotate', '']), ['stripe'])
  assert.deepEqual(suggestions(t, ['profile', 'delete', 'ch']), ['checkout'])
  assert.deepEqual(suggestions(t, ['secret', 'create', '']), [])
  assert.deepEqual(suggestions(t, ['profile', 'apply', '']), [])
  assert.deepEqual(suggestions(t, ['provider', 'show', 'op']), ['openai'])
})

test('the command that shells ask is not shown to people', (t) => {
  assert.ok(!suggestions(t, ['comp']).includes('complete'))
})
