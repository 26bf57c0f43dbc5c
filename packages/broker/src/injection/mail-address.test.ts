import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMailAddress } from './mail-address.ts'

const read: readonly (readonly [string, string])[] = [
  ['ann@example.com', 'ann@example.com'],
  ['Ann.Lee+x@Example.COM', 'Ann.Lee+x@example.com'],
  ['ann@example.com.', 'ann@example.com'],
  ['"ann"@example.com', 'ann@example.com'],
  ['"a\\nn"@example.com', 'ann@example.com'],
  ['"ann lee"@example.com', '"ann lee"@example.com'],
  ['"a@b"@example.com', '"a@b"@example.com'],
  ['"a\\"b\\\\"@example.com', '"a\\"b\\\\"@example.com'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  ['änn@example.com', 'änn@example.com'],
]
for (const [text, expected] of read) {
  test(`SM-05: the address ${text} is sent as ${expected}`, () => {
    assert.equal(parseMailAddress(text)?.text, expected)
  })
}

const refused: readonly string[] = [
  '',
  'ann',
  '@example.com',
  'ann@',
  'ann@localhost',
  'ann@10.0.0.1',
  'ann@[10.0.0.1]',
  'ann@[IPv6:::1]',
  '@relay.example:ann@example.com',
  '@a.example,@b.example:ann@example.com',
  'ann@evil.example@example.com',
  'ann lee@example.com',
  '.ann@example.com',
  'ann.@example.com',
  'an..n@example.com',
  'ann@exa mple.com',
  'ann@-example.com',
  'ann@example..com',
  'ann@ＥＸＡＭＰＬＥ.com',
  'ann@xn--a.example',
  'a\u0308nn@example.com',
  'ann\u200b@example.com',
  'ann\u00a0@example.com',
  'ann<x@example.com',
  'ann,bob@example.com',
  'ann:bob@example.com',
  'ann\\@example.com',
  '"ann@example.com',
  '"ann"x@example.com',
  '""@example.com',
  '"a\tb"@example.com',
  '"ann"@a@example.com',
  `${'a'.repeat(65)}@example.com`,
]
for (const text of refused) {
  test(`SM-05: ${JSON.stringify(text)} is no mailbox`, () => {
    assert.equal(parseMailAddress(text), undefined)
  })
}
