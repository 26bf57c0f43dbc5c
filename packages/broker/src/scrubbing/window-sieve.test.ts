import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunFinder } from './run-finder.ts'
import { runNumbers } from './run-finder-code.ts'
import { RunSearch } from './run-search.ts'
import { tokenClassFor } from './token-class.ts'
import { WindowSieve } from './window-sieve.ts'

const usual = tokenClassFor([Buffer.from('sk-live-4eC39HqLyjWDarjtT1zdp7dc')])
const randomText = (length: number): Buffer => Buffer.from(randomBytes(length).toString('base64url').slice(0, length))

const randomDigits = (length: number): Buffer => Buffer.from(randomBytes(length).toString('hex').slice(0, length))

function sieveOf(texts: readonly Buffer[], isHexadecimal = false): WindowSieve {
  const sieve = WindowSieve.of(texts.map((bytes) => ({ bytes, isHexadecimal })))
  assert.ok(sieve !== undefined)
  return sieve
}

const lengths = fc.array(fc.integer({ min: 32, max: 80 }), { minLength: 1, maxLength: 40 })

test('a run that has one of the texts in it stays, wherever that stands, in hexadecimal in either case', () => {
  fc.assert(
    fc.property(lengths, fc.nat(200), fc.nat(200), fc.boolean(), fc.nat(), (of, before, behind, isHex, which) => {
      const texts = of.map(isHex ? randomDigits : randomText)
      const search = new RunSearch(usual, 16, sieveOf(texts, isHex))
      const text = texts[which % texts.length]!
      const shown = isHex && before % 2 === 0 ? Buffer.from(text.toString().toUpperCase()) : text
      const run = Buffer.concat([Buffer.alloc(before, 'k'), shown, Buffer.alloc(behind, 'c')])
      const bytes = Buffer.concat([Buffer.from('a word, '), run, Buffer.from(' and more'), Buffer.alloc(64, ' ')])
      assert.deepEqual(search.find(bytes, 0, bytes.length), [8, 8 + run.length, 0])
    }),
  )
})

test('a run that has none of them in it is left out, and one with an escape is not', () => {
  const search = new RunSearch(usual, 16, sieveOf(Array.from({ length: 50 }, () => randomText(40))))
  const others = Array.from({ length: 1_000 }, () => randomText(60))
  const bytes = Buffer.from(`${others.join(' ')} `)
  assert.deepEqual(search.find(bytes, 0, bytes.length), [])
  bytes[7] = 0x25
  assert.deepEqual(search.find(bytes, 0, bytes.length), [0, 60, 2])
})

for (const [width, isHex] of [
  [16, false],
  [32, true],
] as const) {
  test(`SEC-03: what agrees in all but one of ${width} bytes is left out as what agrees in none`, () => {
    const text = isHex ? randomDigits(40) : randomText(40)
    const search = new RunSearch(usual, 16, sieveOf([text], isHex))
    const filler = Buffer.alloc(64, ' ')
    for (let at = 0; at < width; at += 1) {
      const guess = Buffer.from(text.subarray(-width))
      assert.equal(search.find(Buffer.concat([guess, filler]), 0, width + 64).length, runNumbers)
      guess[at] = guess[at] === 0x2d ? 0x2e : 0x2d
      const run = Buffer.concat([text.subarray(0, -width), guess, filler])
      assert.equal(search.find(run, 0, run.length).length, 0, `byte ${at}`)
    }
  })
}

test('a run that goes on behind a piece is not left out', () => {
  const text = randomText(40)
  const search = new RunSearch(usual, 16, sieveOf([text]))
  const { pieceBytes } = RunFinder
  for (let at = pieceBytes - 60; at < pieceBytes + 20; at += 1) {
    const bytes = Buffer.alloc(pieceBytes + 200, ' ')
    bytes.set(text, at)
    assert.deepEqual(search.find(bytes, 0, bytes.length), [at, at + 40, 0], `${at}`)
  }
})

test('there is none for a text that is too short, and for too many', () => {
  const texts = (count: number, length: number, isHexadecimal: boolean) =>
    Array.from({ length: count }, () => ({ bytes: randomText(length), isHexadecimal }))
  assert.equal(WindowSieve.of([...texts(1, 40, false), ...texts(1, 15, false)]), undefined)
  assert.equal(WindowSieve.of(texts(1, 31, true)), undefined)
  assert.equal(WindowSieve.of(texts(5_000, 40, false)), undefined)
})
