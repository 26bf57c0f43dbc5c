import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saslPrep } from './sasl-prep.ts'

const examples: readonly (readonly [string, string, string])[] = [
  ['a soft hyphen is dropped', 'I\u00adX', 'IX'],
  ['case stays', 'USER', 'USER'],
  ['compatible characters become usual ones', '\u00aa \u2168', 'a IX'],
  ['a wide space becomes a space', 'a\u3000b', 'a b'],
  ['what is prohibited stays as it is', 'a\u0007\u00aa', 'a\u0007\u00aa'],
  ['text in two directions stays as it is', '\u0627\u00aa1', '\u0627\u00aa1'],
  ['text from right to left', '\u0627b'.replace('b', '1\u0627'), '\u06271\u0627'],
  ['nothing is left', '\u00ad', '\u00ad'],
  ['a comma and an equals sign', 'a,b=c', 'a,b=c'],
]

for (const [what, text, expected] of examples) test(`PG-11: ${what}`, () => assert.equal(saslPrep(text), expected))
