import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BodyWatch, createBodyWatch } from './body-watch.ts'
import { encodings, samplePlaceholder } from './encoded-placeholder.suite.ts'

const other = 'coatcheck_0aZ1bY2cX3dW4eV5fU6gT7hS'

function writeAll(watch: BodyWatch, chunks: readonly Uint8Array[]): boolean[] {
  return chunks.map((chunk) => watch.write(chunk))
}

for (const [name, encode] of Object.entries(encodings)) {
  const body = Buffer.from(`{"metadata":{"note":"${encode(samplePlaceholder)}"},"amount":1}`, 'latin1')

  test(`R-60, R-63: a placeholder in ${name} is found in a body at every split`, () => {
    for (let split = 0; split <= body.length; split += 1) {
      const watch = createBodyWatch([other, samplePlaceholder])
      const results = writeAll(watch, [body.subarray(0, split), body.subarray(split)])
      assert.equal(results.at(-1), true, `split at ${split}`)
      assert.equal(watch.found?.placeholder, samplePlaceholder)
    }
  })

  test(`R-60: a placeholder in ${name} is found however a body is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 200 }), (lengths) => {
        const watch = createBodyWatch([samplePlaceholder])
        let at = 0
        for (const length of lengths) {
          watch.write(body.subarray(at, at + length))
          at += length
        }
        assert.equal(watch.write(body.subarray(at)), true)
      }),
    )
  })
}

test('R-60: an escape across a cut is undone in memory of whatever place and length', () => {
  const escaped = samplePlaceholder.replace(/^./, (first) => `%${Buffer.from(first, 'latin1').toString('hex')}`)
  // As sockets give them: each chunk in memory of its own, from its beginning.
  const own = (text: string) => Buffer.alloc(text.length, text, 'latin1')
  for (const cut of [1, 2, 3]) {
    for (const length of [0, 100, 20_000, 200_000]) {
      const watch = createBodyWatch([samplePlaceholder])
      const body = `${'x'.repeat(20_000)}${escaped}${'y'.repeat(length)}`
      const chunks = [own(body.slice(0, 20_000 + cut)), own(body.slice(20_000 + cut))]
      assert.equal(writeAll(watch, chunks).at(-1), true, `${cut}, ${length}`)
    }
  }
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
