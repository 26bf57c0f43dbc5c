import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EscapeDecoder } from './escape-decoder.ts'

function decode(...chunks: string[]): string {
  const decoder = new EscapeDecoder()
  return chunks.map((chunk) => decoder.write(Buffer.from(chunk, 'latin1')).toString('latin1')).join('')
}

const cases = [
  ['nothing escaped', 'plain text', 'plain text'],
  ['both cases of digits', '%6a%6B', 'jk'],
  ['JSON escapes', String.raw`\u0073k\u002D`, 'sk-'],
  ['escapes beside each other', String.raw`%73\u006b%2d`, 'sk-'],
  ['one level only', '%2541', '%41'],
  ['what is no escape', String.raw`100% \n \u00zz %zz %`, String.raw`100% \n \u00zz %zz `],
  ['an escape after a stray sign', '%%41%\\%42', '%A%\\B'],
  ['characters above ASCII', String.raw`%ff\u00e9\u4e2d`, String.raw`%ff\u00e9\u4e2d`],
  ['an incomplete escape at the end', 'a%4', 'a'],
] as const

for (const [name, input, output] of cases) {
  test(`decodes ${name}`, () => {
    assert.equal(decode(input), output)
  })
}

test('the chunks do not matter', () => {
  const pieces = fc.constantFrom('%', '4', '1', 'u', '\\', '0', 'x', String.raw`\u0041`, '%41')
  fc.assert(
    fc.property(fc.array(fc.array(pieces, { maxLength: 6 }), { maxLength: 6 }), (chunks) => {
      const texts = chunks.map((chunk) => chunk.join(''))
      assert.equal(decode(...texts), decode(texts.join('')))
    }),
    { numRuns: 2_000 },
  )
})
