import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BlockFilter } from './block-filter.ts'
import { tokenClassFor } from './token-class.ts'

const usual = tokenClassFor([Buffer.from('sk-live-4eC39HqLyjWDarjtT1zdp7dc')])
const { blockBytes } = BlockFilter

/** What a plain loop says: blocks that have to be told, and those that may be. */
function blocksOf(bytes: Buffer, shortest: number): { readonly due: Set<number>; readonly allowed: Set<number> } {
  const due = new Set<number>()
  const allowed = new Set<number>()
  let length = 0
  for (const [at, byte] of bytes.entries()) {
    length = usual[byte] === 0 ? 0 : length + 1
    const block = at - (at % blockBytes)
    if (length === shortest) due.add(block)
    // A run that ends with a block may be told of the next one.
    if (length >= 8) allowed.add(block).add(at + 1 - ((at + 1) % blockBytes))
  }
  return { due, allowed }
}

function found(bytes: Buffer, shortest: number): number[] {
  const filter = BlockFilter.of(usual, shortest)
  assert.ok(filter !== undefined, 'the engine has no SIMD')
  const blocks: number[] = []
  filter.find(bytes, 0, bytes.length, (block) => blocks.push(block))
  return blocks
}

const piece = fc.oneof(
  fc.integer({ min: 1, max: 40 }).map((length) => Buffer.alloc(length, 'k')),
  fc.integer({ min: 1, max: 90 }).map((length) => Buffer.alloc(length, ' ')),
  fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
)

test('every block in which a run becomes long enough is told, and none without a run', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 8, max: 16 }), (pieces, shortest) => {
      const bytes = Buffer.concat(pieces)
      const { due, allowed } = blocksOf(bytes, shortest)
      const blocks = found(bytes, shortest)
      for (const block of due) assert.ok(blocks.includes(block), `${block} of ${bytes.toString('hex')}`)
      for (const block of blocks) assert.ok(allowed.has(block), `${block} of ${bytes.toString('hex')}`)
    }),
  )
})

test('a run is told wherever it begins in a long input', () => {
  for (let at = 65_400; at < 65_600; at += 1) {
    const bytes = Buffer.alloc(131_072)
    bytes.fill('k', at, at + 16)
    const end = at + 15
    assert.ok(found(bytes, 16).includes(end - (end % blockBytes)), `${at}`)
  }
})

test('every byte is in the class or not as the table says', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const isTold = found(Buffer.alloc(blockBytes, byte), 16).length > 0
    assert.equal(isTold, usual[byte] !== 0, `${byte}`)
  }
})

test('what it does not know of is left to others', () => {
  assert.equal(BlockFilter.of(usual, 7), undefined)
  assert.equal(BlockFilter.of(tokenClassFor([Buffer.from('with a space, ü')]), 16), undefined)
})
