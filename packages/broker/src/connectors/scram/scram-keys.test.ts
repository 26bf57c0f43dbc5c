import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest, exclusiveOr, hmac, type ScramHash, scramAttributes, scramKeys } from './scram-keys.ts'

/** The examples of RFC 5802 §5 and RFC 7677 §3: user `user`, password `pencil`. */
const published: readonly (readonly [string, ScramHash, string, string, string, string])[] = [
  [
    'RFC 5802',
    'sha1',
    'fyko+d2lbbFgONRv9qkxdawL',
    'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  ],
  [
    'RFC 7677',
    'sha256',
    'rOprNGfwEbeRWgbNEkqO',
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  ],
]

for (const [rfc, hash, nonce, serverFirst, proof, signature] of published) {
  test(`the example of ${rfc}`, async () => {
    const attributes = scramAttributes(serverFirst)!
    const keys = await scramKeys('pencil', Buffer.from(attributes.get('s')!, 'base64'), 4_096, hash)
    const signed = `n=user,r=${nonce},${serverFirst},c=biws,r=${attributes.get('r')}`
    const shown = exclusiveOr(keys.clientKey, hmac(hash, keys.storedKey, signed))
    assert.equal(shown.toString('base64'), proof)
    assert.equal(hmac(hash, keys.serverKey, signed).toString('base64'), signature)
    assert.ok(digest(hash, keys.clientKey).equals(keys.storedKey))
  })
}
