import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readStrictJson } from '../actions/strict-json.ts'
import { readJsonDocument } from './json-document.ts'

const whitespace = fc.constantFrom('', ' ', '\n', '\t\r\n ')

/** A JSON value, written with spaces between its parts. */
const spaced = fc.tuple(fc.json({ maxDepth: 5 }), whitespace, whitespace).map(([text, before, after]) => {
  const written = JSON.stringify(JSON.parse(text), null, 2)
  return { value: JSON.parse(written) as unknown, text: `${before}${written}${after}` }
})

test('AC-6.2: what is sent of a body has the value that rules saw, in one form, whoever wrote it', () => {
  fc.assert(
    fc.property(spaced, ({ text, value }) => {
      const read = readJsonDocument(Buffer.from(text))
      assert.ok('bytes' in read)
      assert.deepEqual([read.value, readStrictJson(read.bytes)], [value, value])
      assert.deepEqual(readJsonDocument(read.bytes), read)
      assert.equal(String(read.bytes), JSON.stringify(value))
    }),
  )
})

test('numbers stay as they were written, and texts are escaped in one way', () => {
  const read = readJsonDocument(Buffer.from('{ "a\\u0062": [1.0, 1e2, -0, 12345678901234567890], "c": "\\/\\u00e9" }'))
  assert.equal('bytes' in read && String(read.bytes), '{"ab":[1.0,1e2,-0,12345678901234567890],"c":"/é"}')
})

test('AC-6.4: what rules on actions do not read, rules on bodies do not read either, and the other way round', () => {
  const part = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"A"',
      '"\\u0061"',
      '"\\u0000"',
      '"\\ud800"',
      '1',
      'null',
      ' ',
      '\uFEFF',
      '"',
      "'",
    ],
  )
  const parts = fc.array(part, { maxLength: 12 }).map((all) => all.join(''))
  const member = fc.tuple(part, part).map(([name, value]) => `{${name}:1,"b":${value},"a":[${name}]}`)
  const seen = { read: 0, refused: 0 }
  fc.assert(
    fc.property(fc.oneof(parts, member, fc.json()), (text) => {
      const read = readJsonDocument(Buffer.from(text))
      const isRead = 'bytes' in read
      seen[isRead ? 'read' : 'refused'] += 1
      if (isRead) assert.deepEqual(readStrictJson(Buffer.from(text)), read.value)
      else assert.throws(() => readStrictJson(Buffer.from(text)), { code: 'body_unreadable' })
    }),
    { numRuns: 1_000 },
  )
  assert.ok(seen.read > 0 && seen.refused > 0, JSON.stringify(seen))
})

test('a reason is said where a body is not read, and nothing of the body', () => {
  for (const [text, reason] of [
    ['{"a":1,"a":2}', /stands in its JSON twice/],
    ['{"secret":', /no JSON/],
    [`${'['.repeat(101)}${']'.repeat(101)}`, /too deep/],
    ['{"a":"\\u0000"}', /no text everywhere/],
  ] as const) {
    const read = readJsonDocument(Buffer.from(text))
    assert.ok('unreadable' in read)
    assert.match(read.unreadable, reason)
    assert.doesNotMatch(read.unreadable, /secret/)
  }
  assert.deepEqual(readJsonDocument(Buffer.from([0x22, 0xff, 0x22])), { unreadable: 'it is not in UTF-8' })
})
