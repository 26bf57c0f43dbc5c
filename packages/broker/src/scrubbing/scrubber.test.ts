import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import { encodings } from './encodings.suite.ts'
import type { Fit } from './scrubbed-value.ts'
import { Scrubber } from './scrubber.ts'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
const key = fc.string({ unit: fc.constantFrom(...letters, ...'-._~+/=:'), minLength: 16, maxLength: 90 })
const anyText = fc.string({
  unit: fc.constantFrom(...letters, ...'-._~+/=:!"#$&\'()*,;<>?@[]^{|} '),
  minLength: 16,
  maxLength: 60,
})
const filler = fc.string({ unit: fc.constantFrom(...letters, ...' "\n{}:,.%\\/-_='), maxLength: 80 })
const cuts = fc.array(fc.nat(400), { maxLength: 6 })
const placeholder = fc.string({ unit: fc.constantFrom(...letters, '_'), minLength: 20, maxLength: 60 })

const scrubberFor = (value: string, standIn: string): Scrubber =>
  new Scrubber([{ bytes: Buffer.from(value, 'latin1'), placeholder: standIn, isWeak: false }])

function through(scrubber: Scrubber, fit: Fit, body: string, at: readonly number[]): { text: string; hits: number } {
  const stream = scrubber.stream(fit)
  const parts = ownChunks(Buffer.from(body, 'latin1'), at).map((chunk) => Buffer.from(stream.write(chunk)))
  parts.push(Buffer.from(stream.flush()))
  return { text: Buffer.concat(parts).toString('latin1'), hits: stream.hits }
}

for (const [name, encode] of Object.entries(encodings)) {
  test(`AC-10.1: a value in ${name} does not survive, wherever the bytes are cut`, () => {
    fc.assert(
      fc.property(
        fc.record({ value: fc.oneof(key, anyText), standIn: placeholder, before: filler, after: filler, cuts }),
        fc.func(fc.boolean()),
        fc.constantFrom<Fit>('exact', 'fitted'),
        ({ value: text, standIn, before, after, cuts: at }, pick, fit) => {
          // A field of a head has no space at its ends.
          const value = text.trim().padEnd(16, 'x')
          fc.pre(!standIn.includes(value))
          const written = encode(Buffer.from(value, 'latin1'), pick)
          const body = `${before}"${written}"${after}`
          const result = through(scrubberFor(value, standIn), fit, body, at)
          assert.ok(result.hits > 0, 'found')
          assert.ok(!result.text.includes(written), 'and gone')
          assert.ok(fit === 'exact' || result.text.length === body.length, 'at the same length')
        },
      ),
      { numRuns: 150 },
    )
  })
}

test('AC-10.1: at every single cut, every form is replaced by the same form of the placeholder', () => {
  const value = 'sk_live_51H8abcdEFGH/ijkl+MNOP=='
  const standIn = 'sk_live_PLACEHOLDERPLACEHOLDER00'
  const scrubber = scrubberFor(value, standIn)
  for (const [name, encode] of Object.entries(encodings)) {
    const written = encode(Buffer.from(value), (index) => index % 3 === 0)
    const body = `{"a": "${written}", "b": 1}`
    const whole = through(scrubber, 'exact', body, []).text
    // What was escaped need not be any more.
    const isEscaped = /percent|JSON/.test(name)
    const plain = name.startsWith('base64 in') ? Buffer.from(standIn).toString('base64') : standIn
    const same = isEscaped ? plain : encode(Buffer.from(standIn), () => false)
    assert.equal(whole, `{"a": "${same}", "b": 1}`, name)
    for (let cut = 0; cut <= body.length; cut += 1)
      assert.equal(through(scrubber, 'exact', body, [cut]).text, whole, name)
    assert.equal(
      through(
        scrubber,
        'exact',
        body,
        [...body].map((_, index) => index),
      ).text,
      whole,
      name,
    )
  }
})

test('a Basic pair comes back with the placeholder of another length in it, well encoded', () => {
  const standIn = 'coat_placeholder_x'
  for (const value of ['0123456789abcdefghij', '0123456789abcdefghijk', '0123456789abcdefghijkl']) {
    for (const user of ['', 'u', 'us', 'use']) {
      const pair = Buffer.from(`${user}:${value}`).toString('base64')
      const { text } = scrubberFor(value, standIn).text(`Basic ${pair}, x`)
      assert.equal(text, `Basic ${Buffer.from(`${user}:${standIn}`).toString('base64')}, x`)
    }
  }
})

test('R-75: in fields of a head, values and names are looked at', () => {
  const value = 'sk_live_51H8abcdEFGHijkl'
  const { fields, hits } = scrubberFor(value, 'sk_live_standin').fields([
    { name: 'X-Echo', value: `Bearer ${value}` },
    { name: value, value: 'x' },
    { name: 'Date', value: 'today' },
  ])
  assert.deepEqual(fields, [
    { name: 'X-Echo', value: 'Bearer sk_live_standin' },
    { name: 'Date', value: 'today' },
  ])
  assert.equal(hits, 2)
})

test('what has no value in it passes as it is, without a copy', () => {
  const stream = scrubberFor('sk_live_51H8abcdEFGHijkl', 'sk_live_standin').stream('exact')
  const chunk = Buffer.from('{"id": "chatcmpl-9f8a7b6c5d4e3f2a1b0c", "text": "100 % \\u00e9 \\n"}\n')
  assert.equal(stream.write(chunk), chunk)
  assert.equal(stream.flush().length, 0)
  assert.equal(stream.hits, 0)
})

test('an event or a line that is complete is not held back', () => {
  const stream = scrubberFor('sk_live_51H8abcdEFGHijkl', 'sk_live_standin').stream('exact')
  const event = 'data: {"delta": "word"}\n\n'
  assert.equal(stream.write(Buffer.from(event)).toString(), event)
  assert.equal(stream.write(Buffer.from('data: half')).toString(), 'data: ')
  assert.equal(stream.flush().toString(), 'half')
})

test('SEC-03: the work, and where chunks end, are the same for a thousand keys over the same filler', () => {
  const chunks = Array.from({ length: 6 }, (_, index) => {
    const word = randomBytes(40).toString(index % 2 === 0 ? 'base64' : 'hex')
    return Buffer.from(`{"text": "some words ${word} and %41%42 \\u0041${'a'.repeat(700 * index)}", "sk_live_`)
  })
  const traces = new Set<string>()
  for (let count = 0; count < 1_000; count += 1) {
    // What a partial match would show: filler that begins like half of the keys.
    const value = `${count % 2 === 0 ? 'sk_live_' : randomBytes(6).toString('base64url')}${randomBytes(24).toString('base64url')}`
    const scrubber = scrubberFor(value, 'sk_live_standin')
    const stream = scrubber.stream('exact')
    const lengths = chunks.map((chunk) => stream.write(chunk).length)
    traces.add(`${lengths} ${stream.flush().length} ${scrubber.steps}`)
  }
  assert.equal(traces.size, 1)
})

test('SEC-03: filler that holds all but one byte of the value costs what other filler costs', () => {
  const value = randomBytes(24).toString('hex')
  const traceOf = (guess: string): string => {
    const scrubber = scrubberFor(value, 'standin')
    const stream = scrubber.stream('exact')
    return `${stream.write(Buffer.from(`"${guess}" `)).length} ${stream.write(Buffer.from(guess)).length} ${scrubber.steps}`
  }
  const strange = traceOf('0'.repeat(value.length))
  for (let at = 0; at < value.length; at += 1) {
    assert.equal(traceOf(`${value.slice(0, at)}${value[at] === '0' ? 1 : 0}${value.slice(at + 1)}`), strange)
  }
})

test('two values, one within the other or side by side, are both gone', () => {
  const [long, short] = ['abcdefghijklmnopqrstuvwxyz012345', 'ijklmnopqrstuvwxyz012345']
  const scrubber = new Scrubber([
    { bytes: Buffer.from(long), placeholder: 'LONG', isWeak: false },
    { bytes: Buffer.from(short), placeholder: 'SHORT', isWeak: false },
  ])
  assert.equal(scrubber.text(`${long} ${short} ${long}${short} ${short}.`).text, 'LONG SHORT LONGSHORT SHORT.')
})

test('what a run of key characters begins is held back up to a length that tells a power of two, and no more', () => {
  const lengthOf = (value: string): number => {
    const stream = scrubberFor(value, 'x').stream('exact')
    return 10_000 - stream.write(Buffer.alloc(10_000, 'a')).length
  }
  assert.equal(lengthOf('b'.repeat(16)), 512)
  assert.equal(lengthOf('b'.repeat(43)), 1_024)
  assert.equal(lengthOf('b'.repeat(80)), 1_024)
})

test('AC-10.1: a value of any characters does not survive where JSON escapes all that is not ASCII', () => {
  const anyCharacter = fc.string({ unit: 'grapheme', minLength: 16, maxLength: 40 })
  const inAscii = (text: string, isUpper: boolean): string =>
    JSON.stringify(text).replace(/[^\0-\x7f]/g, (unit) => {
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
      return `\\u${isUpper ? hex.toUpperCase() : hex}`
    })
  const property = fc.property(
    fc.oneof(anyCharacter, fc.constantFrom('pässwörd-with-lätin', 'пароль-секрет-0123', 'emoji-😀-0123456789')),
    fc.boolean(),
    cuts,
    fc.constantFrom<Fit>('exact', 'fitted'),
    (value, isUpper, at, fit) => {
      fc.pre(value.trim() === value && value.isWellFormed())
      const scrubber = new Scrubber([{ bytes: Buffer.from(value), placeholder: 'P'.repeat(40), isWeak: false }])
      const written = inAscii(value, isUpper)
      const body = `{"echo":${written},"more":"words"}`
      const { hits, text } = through(scrubber, fit, body, at)
      assert.equal(hits, 1)
      assert.ok(!text.includes(written.slice(1, -1)))
      assert.ok(fit === 'exact' || text.length === body.length, 'at the same length')
    },
  )
  fc.assert(property, { numRuns: 1_000 })
})
