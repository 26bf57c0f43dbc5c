import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ownChunks } from '../../foundation/own-chunks.suite.ts'
import { type BodyWatch, createBodyWatch } from './body-watch.ts'
import { encodings, samplePlaceholder } from './encoded-placeholder.suite.ts'

const other = 'coatcheck_0aZ1bY2cX3dW4eV5fU6gT7hS'

function writeAll(watch: BodyWatch, chunks: readonly Uint8Array[]): boolean[] {
  return chunks.map((chunk) => watch.write(chunk))
}

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

/** Parts of one memory, as the chunks of what came in one piece are. */
function slices(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts, bytes.length].toSorted((left, right) => left - right)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

for (const [name, encode] of Object.entries(encodings)) {
  const body = Buffer.from(`{"metadata":{"note":"${encode(samplePlaceholder)}"},"amount":1}`, 'latin1')

  test(`R-60, R-63: a placeholder in ${name} is found in a body at every split`, () => {
    for (let split = 0; split <= body.length; split += 1) {
      const watch = createBodyWatch([other, samplePlaceholder])
      const results = writeAll(watch, ownChunks(body, [split]))
      assert.equal(results.at(-1), true, `split at ${split}`)
      assert.equal(watch.found?.placeholder, samplePlaceholder)
    }
  })

  test(`R-60: a placeholder in ${name} is found however a body is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(body.length), { maxLength: 60 }), fc.boolean(), (cuts, isOwn) => {
        const watch = createBodyWatch([samplePlaceholder])
        const chunks = isOwn ? ownChunks(body, cuts) : slices(body, cuts)
        assert.equal(writeAll(watch, chunks).at(-1), true)
      }),
    )
  })
}

test('R-60: an escape across a cut is undone in memory of whatever place and length', () => {
  const escaped = samplePlaceholder.replace(/^./, (first) => `%${Buffer.from(first, 'latin1').toString('hex')}`)
  for (const cut of [1, 2, 3]) {
    for (const length of [0, 100, 20_000, 200_000]) {
      const watch = createBodyWatch([samplePlaceholder])
      const body = Buffer.from(`${'x'.repeat(20_000)}${escaped}${'y'.repeat(length)}`, 'latin1')
      assert.equal(writeAll(watch, ownChunks(body, [20_000 + cut])).at(-1), true, `${cut}, ${length}`)
    }
  }
})

test('R-60: a placeholder of which any characters are escaped is found among others that are, however a body is cut', () => {
  const piece = fc.constantFrom(
    'a',
    ' ',
    '%',
    '\\',
    'x'.repeat(90),
    'y'.repeat(9_000),
    '%41',
    String.raw`\u0041`,
    '%4',
    '\\u00',
    samplePlaceholder.slice(0, 9),
  )
  const filler = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''))
  const forms = [
    (text: string) => text,
    encodings['percent-encoding of every character']!,
    (text: string) => `\\u00${hexOf(text)}`,
  ]
  const property = fc.property(
    fc.record({ before: filler, after: filler }),
    // Few of them, or all: what one escape does, another one next to it can undo.
    fc.oneof(
      fc.array(fc.nat(2), { maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: samplePlaceholder.length, maxLength: samplePlaceholder.length }),
    ),
    fc.array(fc.nat(20_000), { maxLength: 2 }),
    fc.array(fc.nat(12), { maxLength: 2 }),
    ({ before, after }, escaped, anywhere, inside) => {
      const written = [...samplePlaceholder].map((character, index) => forms[escaped[index] ?? 0]!(character)).join('')
      const bytes = Buffer.from(`${before}"${written}"${after}`, 'latin1')
      const cuts = [...anywhere, ...inside.map((at) => before.length + at)]
      const watch = createBodyWatch([other, samplePlaceholder])
      assert.equal(writeAll(watch, ownChunks(bytes, cuts)).at(-1), true)
      const stranger = createBodyWatch([other])
      assert.equal(writeAll(stranger, ownChunks(bytes, cuts)).at(-1), false)
    },
  )
  fc.assert(property, { numRuns: 1_000 })
})

test('R-60: what is behind an escape that was undone is searched like what stands before it', () => {
  const [whole, half] = [samplePlaceholder, Math.floor(samplePlaceholder.length / 2)]
  const encoded = (text: string) => `%${Buffer.from(text[0]!, 'latin1').toString('hex')}${text.slice(1)}`
  for (const lead of ['%41', '%41'.padEnd(200, 'x'), 'x'.repeat(200)]) {
    for (const text of [whole, encoded(whole), `${whole.slice(0, half)}${encoded(whole.slice(half))}`]) {
      for (let split = 0; split <= text.length; split += 1) {
        const watch = createBodyWatch([samplePlaceholder])
        const chunks = [lead, 'z'.repeat(200), text.slice(0, split), text.slice(split)]
        const results = writeAll(
          watch,
          chunks.map((chunk) => Buffer.alloc(chunk.length, chunk, 'latin1')),
        )
        assert.equal(results.at(-1), true, `${text.slice(0, 8)} at ${split}`)
        assert.equal(results[1], false)
      }
    }
  }
})

test('R-60: the chunk that completes a placeholder is the first to be reported, and every later one is', () => {
  const watch = createBodyWatch([samplePlaceholder])
  const chunks = ['a=', samplePlaceholder.slice(0, 20), samplePlaceholder.slice(20), '&b=1'].map((text) =>
    Buffer.from(text),
  )
  assert.deepEqual(writeAll(watch, chunks), [false, false, true, true])
  assert.deepEqual(watch.found, { placeholder: samplePlaceholder, encoding: 'raw' })
})

test('R-13: each of 200 placeholders is found, and told from the others', () => {
  const placeholders = Array.from({ length: 200 }, (_, index) => `ghp_coatcheck_${String(index).padStart(24, 'x')}`)
  for (const placeholder of placeholders) {
    for (const text of [placeholder, Buffer.from(`?${placeholder}`).toString('base64')]) {
      const watch = createBodyWatch(placeholders)
      assert.equal(watch.write(Buffer.from(`token=${text}&x=y`)), true)
      assert.equal(watch.found?.placeholder, placeholder)
    }
  }
})

test('bodies without a placeholder pass, also those that nearly hold one', () => {
  const almost = [
    samplePlaceholder.slice(1),
    samplePlaceholder.slice(0, -1),
    `${samplePlaceholder.slice(0, 20)} ${samplePlaceholder.slice(20)}`,
    encodings['percent-encoding of every character']!(samplePlaceholder).slice(0, -1),
    randomBytes(200_000),
    '%'.repeat(10_000),
    String.raw`\u00`.repeat(10_000),
    '',
  ]
  for (const body of almost) {
    const watch = createBodyWatch([samplePlaceholder, other])
    assert.equal(watch.write(Buffer.from(body as string)), false)
    assert.equal(watch.found, undefined)
  }
  assert.equal(createBodyWatch([]).write(Buffer.from(samplePlaceholder)), false)
})
