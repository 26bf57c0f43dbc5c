import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mountsFor } from './mounts.ts'

test('the working directory is mounted, and others as they are asked for', () => {
  assert.deepEqual(mountsFor('/place', ['/data:ro', 'sub', '../x:ro', '/odd:name']), [
    { source: '/place', writable: true },
    { source: '/data', writable: false },
    { source: '/place/sub', writable: true },
    { source: '/x', writable: false },
    { source: '/odd:name', writable: true },
  ])
})

test('the working directory can be kept as it is', () => {
  assert.deepEqual(mountsFor('/place', ['.:ro']), [{ source: '/place', writable: false }])
})
