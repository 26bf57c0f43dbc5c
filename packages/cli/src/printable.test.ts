import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, printableJson } from './printable.ts'

const hostile: readonly (readonly [string, string, string])[] = [
  ['a terminal escape', '\u001b[2Jcleared', '\\u{1b}[2Jcleared'],
  ['a carriage return', 'blocked\rallowed', 'blocked\\u{d}allowed'],
  ['a line break', 'one\ntwo', 'one\\u{a}two'],
  ['a C1 control', '\u009b31m', '\\u{9b}31m'],
  ['a change of direction', 'abc\u202egro.live', 'abc\\u{202e}gro.live'],
  ['a character without width', 'goo\u200bgle.com', 'goo\\u{200b}gle.com'],
  ['half of a pair', '\ud800', '\\u{d800}'],
  ['a tag character', 'x\u{e0041}', 'x\\u{e0041}'],
]
for (const [what, text, shown] of hostile) {
  test(`SEC-13: ${what} is shown, not obeyed`, () => {
    assert.equal(printable(text), shown)
    assert.match(printableJson({ text }), /^[\x20-\x7e]*$/)
    assert.deepEqual(JSON.parse(printableJson({ text })), { text })
  })
}

test('ordinary text of any language stays as it is', () => {
  assert.equal(printable('Grüße → 東京, café'), 'Grüße → 東京, café')
})
