import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NeedleSearch } from './needle-search.ts'
import { StreamSearch } from './stream-search.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 6 })
const haystacks = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 })

function searchFor(texts: readonly string[]): NeedleSearch<string> {
  return new NeedleSearch(texts.map((text) => ({ bytes: Buffer.from(text), meaning: text })))
}

/** Every needle at every offset, the slow way. */
function expected(texts: readonly string[], haystack: string): string[] {
  const found: string[] = []
  for (const text of texts) {
    for (let at = haystack.indexOf(text); at >= 0; at = haystack.indexOf(text, at + 1)) found.push(text)
  }
  return found.sort()
}

test('finds every needle at every place, overlapping ones too', () => {
  fc.assert(
    fc.property(fc.uniqueArray(letters, { maxLength: 8 }), haystacks, (texts, haystack) => {
      assert.deepEqual([...searchFor(texts).find(Buffer.from(haystack))].sort(), expected(texts, haystack))
    }),
    { numRuns: 2_000 },
  )
})

test('finds the same needles in chunks as in the whole', () => {
  fc.assert(
    fc.property(fc.uniqueArray(letters, { maxLength: 8 }), fc.array(haystacks, { maxLength: 8 }), (texts, chunks) => {
      const stream = new StreamSearch(searchFor(texts))
      const found = new Set(chunks.flatMap((chunk) => stream.write(Buffer.alloc(chunk.length, chunk))))
      assert.deepEqual([...found].sort(), [...new Set(expected(texts, chunks.join('')))].sort())
    }),
    { numRuns: 2_000 },
  )
})

test('finds needles of unlike lengths, longer than any skip, beside each other', () => {
  const texts = ['zxy', 'y'.repeat(400), `${'z'.repeat(300)}xy`]
  const haystack = `${'z'.repeat(301)}xy${'y'.repeat(399)}`
  assert.deepEqual([...searchFor(texts).find(Buffer.from(haystack))].sort(), expected(texts, haystack))
})

test('finds nothing without needles, and does not take one that is too short', () => {
  assert.deepEqual([...searchFor([]).find(Buffer.from('abc'))], [])
  assert.throws(() => searchFor(['abc', 'ab']), RangeError)
})

test('a chunk may be overwritten after it was searched', () => {
  const stream = new StreamSearch(searchFor(['abcdef']))
  const memory = Buffer.from('..abc')
  assert.deepEqual(stream.write(memory), [])
  memory.fill('x')
  assert.deepEqual(stream.write(Buffer.from('def')), ['abcdef'])
})
