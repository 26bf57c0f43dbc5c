import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCidrBlock, plainAddress } from './cidr-block.ts'

const blocks: readonly [text: string, canonical: string, inside: string, outside: string][] = [
  ['192.0.2.7', '192.0.2.7/32', '192.0.2.7', '192.0.2.8'],
  ['10.1.2.3/8', '10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
  ['2001:DB8::1', '2001:db8::1/128', '2001:db8::1', '2001:db8::2'],
  ['2001:db8::ffff/32', '2001:db8::/32', '2001:db8:1::1', '2001:db9::1'],
  ['10.0.0.0/8', '10.0.0.0/8', '10.0.0.1', '::1'],
]

for (const [text, canonical, inside, outside] of blocks) {
  test(`${text} is ${canonical}, holds ${inside} and not ${outside}`, () => {
    const block = parseCidrBlock(text)
    assert.equal(block?.text, canonical)
    assert.equal(block?.contains(inside), true)
    assert.equal(block?.contains(outside), false)
    assert.equal(block?.contains('nowhere'), false)
  })
}

test('the block of all addresses holds those of both families', () => {
  for (const text of ['0.0.0.0/0', '::/0', '1.2.3.4/0']) {
    assert.equal(parseCidrBlock(text)?.contains('192.0.2.1'), true)
    assert.equal(parseCidrBlock(text)?.contains('2001:db8::1'), true)
  }
})

for (const text of [
  '',
  'localhost',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '10.0.0/8',
  '010.0.0.1',
  '0x0a.1',
  '::/129',
  '::ffff:10.0.0.1',
  '::ffff:a00:0/104',
  'fe80::1%eth0',
  '10.0.0.0/',
]) {
  test(`${JSON.stringify(text)} is no block`, () => assert.equal(parseCidrBlock(text), undefined))
}

for (const [text, plain] of [
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:DB8:0::1', '2001:db8::1'],
  ['127.0.0.1', '127.0.0.1'],
  [undefined, undefined],
  ['', undefined],
  ['host', undefined],
] as const) {
  test(`the plain form of ${text} is ${plain}`, () => assert.equal(plainAddress(text), plain))
}
