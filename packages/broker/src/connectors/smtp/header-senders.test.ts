import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerSenders } from './header-senders.ts'

const read: readonly (readonly [string, readonly string[]])[] = [
  ['From: ann@example.com', ['ann@example.com']],
  ['from:ann@example.com', ['ann@example.com']],
  ['To: x@example.org\r\nFrom: Ann Lee <Ann@Example.com>\r\nSubject: hi', ['Ann@example.com']],
  ['From: "Lee, Ann" <ann@example.com>', ['ann@example.com']],
  ['From: =?utf-8?q?=C3=84nn?= <ann@example.com>', ['ann@example.com']],
  ['From: Änn <ann@example.com>', ['ann@example.com']],
  ['From: Ann\r\n <ann@example.com>', ['ann@example.com']],
  ['From:\r\n\tann@example.com', ['ann@example.com']],
  ['From: ann@example.com (Ann)', ['ann@example.com']],
  ['From: "a b"@example.com', ['"a b"@example.com']],
  ['From: ann@example.com, Bob <bob@example.com>', ['ann@example.com', 'bob@example.com']],
  ['From: ann@example.com\r\nSender: bob@example.com', ['ann@example.com', 'bob@example.com']],
  ['From: ann@example.com\r\nResent-From: bob@example.com', ['ann@example.com', 'bob@example.com']],
  ['Subject: From: x@y.example\r\nFrom: ann@example.com', ['ann@example.com']],
  // The service takes the first dot away.
  ['.From: ann@example.com', ['ann@example.com']],
]
for (const [header, expected] of read) {
  test(`the header ${JSON.stringify(header)} is from ${expected.join(' and ')}`, () => {
    assert.deepEqual(
      headerSenders(header)?.map(({ text }) => text),
      expected,
    )
  })
}

const refused: readonly string[] = [
  '',
  'Subject: hi',
  'From: ',
  'From: ann@example.com\r\nFrom: bob@example.com',
  'From: ann@example.com\r\n.From: bob@example.com',
  'From : ann@example.com',
  'From: ann@example.com\r\nFrom : bob@example.com',
  'From bob@example.com Mon Nov 23 10:00:00 2026\r\nFrom: ann@example.com',
  ' From: bob@example.com\r\nFrom: ann@example.com',
  'no field\r\nFrom: ann@example.com',
  'X: y\r\n \r\nFrom: ann@example.com',
  '\r\nFrom: ann@example.com',
  'From: ann@example.com\0',
  'From: ann@example.com\u0085',
  'From: Friends: ann@example.com, bob@example.com;',
  'From: bob@example.com <ann@example.com>',
  'From: <ann@example.com> <bob@example.com>',
  'From: <ann@example.com> bob@example.com',
  'From: "<bob@example.com>" <ann@example.com>',
  'From: ann@example.com (<bob@example.com>)',
  'From: ann@example.com (bob@example.com)',
  'From: ann@example.com,',
  'From: ,ann@example.com',
  'From: <@relay.example:ann@example.com>',
  'From: "ann@example.com',
  'From: (ann@example.com',
  'From: Ann',
  'From: ann@example.com\r\nSender: nobody',
]
for (const header of refused) {
  test(`the header ${JSON.stringify(header)} cannot be read in one way`, () => {
    assert.equal(headerSenders(header), undefined)
  })
}
