import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDataKey, openVersion, sealVersion } from './envelope.ts'
import { fixedKey } from './fixed-key.suite.ts'
import { KeyRing } from './key-ring.ts'
import { SecretValue } from './secret-value.ts'

const keyRing = new KeyRing(fixedKey(7))
const context = { project: 'default', secretId: 'sec_1' }
const key = createDataKey(keyRing, context.secretId)

const seal = (bytes: Uint8Array, version = 1) => sealVersion(keyRing, context, key, version, new SecretValue(bytes))
const textOf = (value: SecretValue) => value.use((bytes) => Buffer.from(bytes).toString('hex'))

test('R-67: a value comes back byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const sealed = seal(Uint8Array.from(bytes))
      assert.equal(textOf(openVersion(keyRing, context, key, sealed)), Buffer.from(bytes).toString('hex'))
    }),
  )
  for (const text of ['line\n', '\r\nline', ' padded ', '\u{feff}mark', 'nul\0', 'Bearer x']) {
    using value = openVersion(keyRing, context, key, seal(Buffer.from(text)))
    assert.equal(
      value.use((bytes) => Buffer.from(bytes).toString()),
      text,
    )
  }
})

test('the same value is never sealed the same way twice', () => {
  const [first, second] = [seal(Buffer.from('value')), seal(Buffer.from('value'))]
  assert.notDeepEqual(first.nonce, second.nonce)
  assert.notDeepEqual(first.ciphertext, second.ciphertext)
  assert.equal(first.nonce.length, 12)
})

test('a ciphertext opens only as the version of the secret and the project that it was made for', () => {
  const sealed = seal(Buffer.from('value'))
  const other = createDataKey(keyRing, 'sec_2')
  const attempts = [
    () => openVersion(keyRing, { ...context, project: 'other' }, key, sealed),
    () => openVersion(keyRing, { ...context, secretId: 'sec_2' }, key, sealed),
    () => openVersion(keyRing, { project: 'defaultsec_1', secretId: '' }, key, sealed),
    () => openVersion(keyRing, context, key, { ...sealed, version: 2 }),
    () => openVersion(keyRing, context, other, sealed),
    () => openVersion(keyRing, context, key, { ...sealed, ciphertext: key.ciphertext, nonce: key.nonce }),
  ]
  for (const attempt of attempts) assert.throws(attempt, { code: 'row_tampered' })
})

test('no bit of a sealed version or of a wrapped key can be changed', () => {
  const sealed = seal(Buffer.from('value'))
  const flips = <Field extends { nonce: Uint8Array; ciphertext: Uint8Array }>(record: Field): Field[] =>
    (['nonce', 'ciphertext'] as const).flatMap((name) =>
      [...record[name].keys()].map((index) => {
        const bytes = Uint8Array.from(record[name])
        bytes[index]! ^= 1
        return { ...record, [name]: bytes }
      }),
    )
  for (const each of flips(sealed))
    assert.throws(() => openVersion(keyRing, context, key, each), { code: 'row_tampered' })
  for (const each of flips(key))
    assert.throws(() => openVersion(keyRing, context, each, sealed), { code: 'row_tampered' })
  for (const ciphertext of [new Uint8Array(), sealed.ciphertext.subarray(1), sealed.ciphertext.subarray(0, -1)]) {
    assert.throws(() => openVersion(keyRing, context, key, { ...sealed, ciphertext }), { code: 'row_tampered' })
  }
})

test('a key that another key-encryption key wrapped is named as such', () => {
  const other = new KeyRing(fixedKey(8))
  assert.throws(() => openVersion(other, context, key, seal(Buffer.from('value'))), { code: 'key_unusable' })
  assert.throws(() => openVersion(other, context, { ...key, keyId: other.keyId }, seal(Buffer.from('value'))), {
    code: 'row_tampered',
  })
})
