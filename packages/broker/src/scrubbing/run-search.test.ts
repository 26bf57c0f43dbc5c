import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunFinder } from './run-finder.ts'
import { RunSearch } from './run-search.ts'
import { escapeLead, hexDigits, type TokenClass, tokenClassFor } from './token-class.ts'

const usual = tokenClassFor([Buffer.from('sk-live-4eC39HqLyjWDarjtT1zdp7dc')])
const visible = tokenClassFor([Buffer.from('sk!live')])
const { blockBytes, pieceBytes } = RunFinder

/** What a plain loop says. */
function runsOf(bytes: Buffer, tokens: TokenClass, shortest: number, first = 0, last = bytes.length): number[] {
  const runs: number[] = []
  for (let start = first; start < last; start += 1) {
    let end = start
    let marks = 0
    while (end < last && tokens[bytes[end]!] !== 0) {
      marks |= tokens[bytes[end]!]!
      end += 1
    }
    if (end - start >= shortest) runs.push(start, end, marks & escapeLead)
    start = end
  }
  return runs
}

const piece = fc.oneof(
  fc.integer({ min: 1, max: 40 }).map((length) => Buffer.alloc(length, 'k')),
  fc.integer({ min: 100, max: 300 }).map((length) => Buffer.alloc(length, 'c')),
  fc.integer({ min: 1, max: 90 }).map((length) => Buffer.alloc(length, ' ')),
  fc.constantFrom('%', '\\', '!', '/', '\0').map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
)

test('it finds the runs that a plain loop finds, and their escapes', () => {
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.concat(pieces))
  const classes = fc.constantFrom(usual, visible, hexDigits)
  fc.assert(
    fc.property(
      text,
      classes,
      fc.integer({ min: 1, max: 70 }),
      fc.nat(90),
      fc.nat(90),
      (bytes, tokens, shortest, a, b) => {
        const first = Math.min(a, bytes.length)
        const last = Math.max(first, bytes.length - b)
        const found = new RunSearch(tokens, shortest).find(bytes, first, last)
        assert.deepEqual(found, runsOf(bytes, tokens, shortest, first, last), bytes.toString('hex'))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a run is found wherever it lies in a long text', () => {
  const search = new RunSearch(usual, 16)
  for (let at = pieceBytes - 200; at < pieceBytes + 200; at += 1) {
    for (const length of [15, 16, 17, 70, 300]) {
      const bytes = Buffer.alloc(2 * pieceBytes, '-- ')
      bytes.fill('k', at, at + length)
      bytes.fill(' ', at + length, at + length + 1)
      bytes.fill(' ', at - 1, at)
      assert.deepEqual(search.find(bytes, 0, bytes.length), runsOf(bytes, usual, 16), `${length} at ${at}`)
    }
  }
})

test('a run that is longer than a piece is one', () => {
  const search = new RunSearch(usual, 16)
  for (const length of [pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 3 * pieceBytes + 17]) {
    const bytes = Buffer.alloc(length + 40, ' ')
    bytes.fill('k', 20, 20 + length)
    bytes[15 + length] = 0x25
    assert.deepEqual(search.find(bytes, 0, bytes.length), [20, 20 + length, escapeLead])
    assert.deepEqual(search.find(bytes, 20, 20 + length), [20, 20 + length, escapeLead])
  }
})

test('every byte is in the class or not as the table says', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const isFound = new RunSearch(usual, 16).find(Buffer.alloc(2 * blockBytes, byte), 0, 2 * blockBytes).length > 0
    assert.equal(isFound, usual[byte] !== 0, `${byte}`)
  }
})

test('what the module does not know of is left to the loop', () => {
  assert.ok(RunFinder.of(usual, 16) !== undefined, 'the engine has no SIMD')
  assert.equal(RunFinder.of(usual, 7), undefined)
  assert.equal(RunFinder.of(tokenClassFor([Buffer.from('with a space, ü')]), 16), undefined)
})
