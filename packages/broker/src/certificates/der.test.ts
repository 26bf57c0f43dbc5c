import assert from 'node:assert/strict'
import { test } from 'node:test'
import { der } from './der.ts'

const vectors: readonly [name: string, encoded: Buffer, hex: string][] = [
  ['zero', der.unsigned(Uint8Array.of()), '020100'],
  ['127', der.unsigned(Uint8Array.of(0x7f)), '02017f'],
  ['128, which needs a byte for the sign', der.unsigned(Uint8Array.of(0x80)), '02020080'],
  ['256 without its leading zeros', der.unsigned(Uint8Array.of(0, 0, 1, 0)), '02020100'],
  ['true', der.boolean(true), '0101ff'],
  ['an object identifier', der.objectId('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['bits with unused ones', der.bits(Uint8Array.of(0x04), 2), '03020204'],
  ['text', der.utf8('ü'), '0c02c3bc'],
  ['an empty sequence', der.sequence(), '3000'],
  [
    'nested items',
    der.sequence(der.set(der.boolean(true)), der.octets(Uint8Array.of(1))),
    '3008' + '3103' + '0101ff' + '040101',
  ],
  ['explicit and implicit tags', der.explicit(3, der.implicit(2, Uint8Array.of(0x61))), 'a303' + '820161'],
  [
    'a time before 2050',
    der.time(new Date('2049-12-31T23:59:59.999Z')),
    `170d${Buffer.from('491231235959Z').toString('hex')}`,
  ],
  [
    'a time from 2050 on',
    der.time(new Date('2050-01-01T00:00:00Z')),
    `180f${Buffer.from('20500101000000Z').toString('hex')}`,
  ],
]

for (const [name, encoded, hex] of vectors) {
  test(`DER of ${name}`, () => assert.equal(encoded.toString('hex'), hex))
}

test('DER lengths of one, two and three bytes', () => {
  for (const [length, prefix] of [
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
  ] as const) {
    assert.equal(der.octets(Buffer.alloc(length)).toString('hex', 0, prefix.length / 2), prefix)
  }
})
