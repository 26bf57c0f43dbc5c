import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownCopies } from './own-copies.ts'

test('copies are equal, in order, and change with nothing else', () => {
  const parts = [Buffer.from('one'), Buffer.from(''), new Uint8Array([0xff, 0])]
  const copies = ownCopies(parts)
  parts[0]![0] = 0
  assert.deepEqual(
    copies.map((copy) => copy.toString('hex')),
    ['6f6e65', '', 'ff00'],
  )
})

test('copies keep no more memory than they need', () => {
  const copies = ownCopies([Buffer.from('one'), Buffer.from('three')])
  for (const copy of copies) assert.equal(copy.buffer.byteLength, 8)
  assert.deepEqual(ownCopies([]), [])
})
