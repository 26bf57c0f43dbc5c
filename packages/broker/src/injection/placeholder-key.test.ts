import assert from 'node:assert/strict'
import { createPublicKey, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { placeholderKey } from './placeholder-key.ts'

test('S2: the key of a placeholder is a valid RSA key, always the same, and of no other placeholder', async () => {
  const texts = ['coatcheck_0123456789', 'coatcheck_0123456780', 'a', 'b', 'c']
  const keys = await Promise.all(texts.map(placeholderKey))
  for (const key of keys) {
    assert.equal(key.asymmetricKeyDetails?.modulusLength, 2_048)
    assert.equal(key.asymmetricKeyDetails.publicExponent, 65_537n)
    const signature = sign('sha256', Buffer.from('text'), key)
    assert.ok(verify('sha256', Buffer.from('text'), createPublicKey(key), signature))
  }
  const written = keys.map((key) => key.export({ type: 'pkcs8', format: 'pem' }))
  assert.equal(new Set(written).size, texts.length)
})

test('the key of a placeholder stays what it was, also for sandboxes that live longer than a broker', async () => {
  const key = createPublicKey(await placeholderKey('coatcheck_of_long_ago'))
  assert.equal(String(key.export({ format: 'jwk' }).n).slice(0, 24), 'qlROlR2qzFTUrwIEb7vH2-5S')
})
