import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { isProcessAlive, ownProcessMark } from './process-mark.ts'

const skip = existsSync('/proc/self/stat') ? false : 'there is no /proc'

test('a process that runs is alive', { skip }, () => {
  assert.match(ownProcessMark(), /^\d+:\d+$/)
  assert.equal(isProcessAlive(ownProcessMark()), true)
})

test('a process that ended is not, nor is another one with its number', { skip }, async () => {
  const child = spawn('/bin/true')
  await once(child, 'exit')
  assert.equal(isProcessAlive(`${child.pid}:1`), false)
  assert.equal(isProcessAlive(`${process.pid}:1`), false)
})

test('a mark that tells no start is taken for alive', () => {
  assert.equal(isProcessAlive('1:'), true)
  assert.equal(isProcessAlive(''), true)
})
