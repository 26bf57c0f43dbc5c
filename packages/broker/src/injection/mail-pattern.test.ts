import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMailAddress } from './mail-address.ts'
import { namedBy, parseMailPattern } from './mail-pattern.ts'

/** Patterns with blanks between them, an address, and as what it is sent. */
const cases: readonly (readonly [string, string, string | undefined])[] = [
  ['ann@example.com', 'ann@example.com', 'ann@example.com'],
  ['Ann@example.com', 'aNN@EXAMPLE.com', 'Ann@example.com'],
  ['ann@example.com', '"ann"@example.com', 'ann@example.com'],
  ['ann@example.com', 'ann+x@example.com', undefined],
  ['ann@example.com', 'ann@example.org', undefined],
  ['ann@example.com', 'ann@sub.example.com', undefined],
  ['@example.com', 'Anybody@Example.com', 'Anybody@example.com'],
  ['*@example.com', 'ann@example.com', 'ann@example.com'],
  ['@example.com', 'a@sub.example.com', undefined],
  ['@example.com', 'a@example.com.evil.example', undefined],
  ['@example.com', 'a@notexample.com', undefined],
  ['@example.com', 'evil%evil.example@example.com', undefined],
  ['@example.com', 'evil.example!evil@example.com', undefined],
  ['@example.com', '"evil@evil.example"@example.com', undefined],
  ['@example.com', '"a b"@example.com', undefined],
  ['a%b@example.com', 'a%b@example.com', 'a%b@example.com'],
  ['@bücher.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
  ['@xn--bcher-kva.example', 'a@BÜCHER.example', 'a@xn--bcher-kva.example'],
  ['@example.com ann@example.org', 'ann@example.org', 'ann@example.org'],
]
for (const [patterns, text, expected] of cases) {
  test(`SM-05: of ${patterns}, ${text} is ${expected ?? 'none'}`, () => {
    const parsed = patterns.split(' ').map((each) => parseMailPattern(each)!)
    assert.equal(namedBy(parsed, parseMailAddress(text)!), expected)
  })
}

for (const text of [
  '',
  '@',
  'ann',
  'a*@example.com',
  '*@*.example.com',
  '**@example.com',
  '@*.example.com',
  '@localhost',
  '@10.0.0.1',
  '~.*',
  '@@example.com',
]) {
  test(`SM-05: ${JSON.stringify(text)} is no pattern`, () => {
    assert.equal(parseMailPattern(text), undefined)
  })
}
