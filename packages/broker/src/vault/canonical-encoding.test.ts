import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeCanonically } from './canonical-encoding.ts'

const field = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.integer(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 4 }),
)
const fields = fc.array(field, { maxLength: 4 })

test('no two lists of fields have the same bytes', () => {
  fc.assert(
    fc.property(fields, fields, (left, right) => {
      const sameFields = JSON.stringify(describe(left)) === JSON.stringify(describe(right))
      assert.equal(Buffer.from(encodeCanonically(left)).equals(encodeCanonically(right)), sameFields)
    }),
  )
})

test('fields that look alike are told apart', () => {
  const lists = [
    [''],
    [null],
    [],
    ['a', 'b'],
    ['ab'],
    ['ab', ''],
    [1],
    ['1'],
    [new Uint8Array([49])],
    [0],
    [new Uint8Array(8)],
  ]
  const encoded = lists.map((list) => Buffer.from(encodeCanonically(list)).toString('hex'))
  assert.equal(new Set(encoded).size, lists.length)
})

function describe(list: readonly unknown[]): unknown[] {
  return list.map((each) => (each instanceof Uint8Array ? { bytes: [...each] } : each))
}
