import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestTexts } from './message-arbitraries.suite.ts'
import { parseRequestHead } from './parse-request-head.ts'
import { renderFields, renderRequestLine, renderStatusLine } from './render-head.ts'

test('fields are written in their order, one line each', () => {
  const fields = [
    { name: 'Host', value: 'a' },
    { name: 'x-a', value: '' },
    { name: 'Host', value: 'caf\xe9\t' },
  ]
  assert.equal(renderFields(fields), 'Host: a\r\nx-a: \r\nHost: caf\xe9\t\r\n')
  assert.equal(renderFields([]), '')
})

test('first lines are written in HTTP/1.1', () => {
  assert.equal(renderRequestLine('GET', '/a?b'), 'GET /a?b HTTP/1.1\r\n')
  assert.equal(renderStatusLine(200, 'OK'), 'HTTP/1.1 200 OK\r\n')
  assert.equal(renderStatusLine(304, ''), 'HTTP/1.1 304 \r\n')
})

// U+010A and U+010D end in the bytes of LF and CR, and that is all that is written of them as Latin-1.
for (const evil of [
  '\r\nX: y',
  '\n',
  '\r',
  '\0',
  '\v',
  '\x7f',
  '\x1b[2J',
  '\u010a',
  '\u010d',
  '\u2028',
  '\ud83d\ude00',
]) {
  test(`R-40, R-41: ${JSON.stringify(evil)} is written nowhere, in the middle or at an end`, () => {
    for (const text of [evil, `a${evil}`, `${evil}a`, `a${evil}a`]) {
      assert.throws(() => renderFields([{ name: 'a', value: text }]), RangeError)
      assert.throws(() => renderFields([{ name: text, value: 'a' }]), RangeError)
      assert.throws(() => renderRequestLine(text, '/'), RangeError)
      assert.throws(() => renderRequestLine('GET', text), RangeError)
      assert.throws(() => renderStatusLine(200, text), RangeError)
    }
  })
}

test('R-41: what would leave its place in a line is not written', () => {
  for (const name of ['', 'a b', 'a:', ' a', 'a\t', '\xe9']) {
    assert.throws(() => renderFields([{ name, value: '' }]), RangeError)
  }
  for (const method of ['', 'GET /', 'G:']) assert.throws(() => renderRequestLine(method, '/'), RangeError)
  for (const target of ['', '/a b', '/ HTTP/1.1', '/\t', '/\xe9']) {
    assert.throws(() => renderRequestLine('GET', target), RangeError)
  }
  for (const status of [99, 1000, 200.5, Number.NaN, -200])
    assert.throws(() => renderStatusLine(status, ''), RangeError)
})

test('a head that was read and written again is read the same', () => {
  const rewritten = fc.property(requestTexts, (text) => {
    const head = parseRequestHead(text.slice(0, text.indexOf('\r\n\r\n') + 4))
    // Expectations that are repeated, and HTTP/1.0, which is answered, and sent on, as HTTP/1.1.
    fc.pre(!('fault' in head) && head.minor === 1)
    const again = parseRequestHead(`${renderRequestLine(head.method, head.target)}${renderFields(head.fields)}\r\n`)
    assert.ok(!('fault' in again))
    assert.deepEqual(again, head)
  })
  fc.assert(rewritten, { numRuns: 1000 })
})
