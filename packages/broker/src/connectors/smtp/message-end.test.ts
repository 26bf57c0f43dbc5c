import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageEnd } from './message-end.ts'

/** What follows `DATA`, and how much of it is the message; undefined where its end is not there, null for a line ending of another kind. */
const cases: readonly (readonly [string, number | undefined | null])[] = [
  ['.\r\n', 3],
  ['hello\r\n.\r\n', 10],
  ['hello\r\n.\r\nQUIT\r\n', 10],
  ['\r\n.\r\n', 5],
  ['..\r\n.\r\n', 7],
  ['.x\r\n.\r\n', 7],
  ['a.\r\n.\r\n', 7],
  ['a\r\n..\r\n.\r\n', 10],
  ['hello', undefined],
  ['hello\r\n.', undefined],
  ['hello\r\n.\r', undefined],
  ['', undefined],
  ['a\n.\r\n', null],
  ['a\r\n.\n', null],
  ['a\r.\r\n', null],
  ['a\r.\r', null],
  ['a\r\r\n.\r\n', null],
  ['a\r\n.\r.\r\n', null],
  ['\n', null],
  ['a\r\n\n.\r\n', null],
]

function found(parts: readonly Buffer[]): number | undefined | null {
  const end = new MessageEnd()
  let before = 0
  for (const part of parts) {
    const at = end.find(part)
    if (at === -2) return null
    if (at !== -1) return before + at
    before += part.length
  }
  return undefined
}

for (const [text, expected] of cases) {
  test(`SM-02, CO-11: the end of ${JSON.stringify(text)} is the same however it is cut`, () => {
    const whole = Buffer.from(text)
    assert.equal(found([whole]), expected)
    assert.equal(found([...whole].map((byte) => Buffer.of(byte))), expected)
    for (let first = 0; first <= whole.length; first += 1) {
      for (let second = first; second <= whole.length; second += 1) {
        const parts = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)]
        assert.equal(found(parts), expected, `${first}, ${second}`)
      }
    }
  })
}
