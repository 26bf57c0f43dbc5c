import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlaceholderText, placeholderTexts } from './placeholder-grammar.ts'
import {
  isSigningKeyId,
  isSigningPlaceholder,
  placeholderHandle,
  signingKeyId,
  textsOfPlaceholder,
} from './signing-placeholder.ts'

const samples = Array.from({ length: 1_000 }, (_, index) => `coatcheck_sign_${String(index).padStart(25, 'x')}`)

test('S2, R-68: key identifiers have the form that clients take, differ, and are none that scanners know', () => {
  const ids = samples.map(signingKeyId)
  assert.equal(new Set(ids).size, samples.length)
  for (const id of ids) {
    assert.match(id, /^AKIA[A-Z0-9]{16}$/)
    assert.doesNotMatch(id, /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/)
    assert.ok(isSigningKeyId(id) && !isSigningPlaceholder(id))
  }
})

test('a placeholder that signs is found by its own text and by its key identifier; others have one text', () => {
  const placeholder = samples[7]!
  const id = signingKeyId(placeholder)
  assert.deepEqual(textsOfPlaceholder(placeholder), [placeholder, id])
  assert.deepEqual([placeholder, id].map(placeholderHandle), [id, id])
  assert.deepEqual(textsOfPlaceholder('coatcheck_0123456789abcdefghijklmn'), ['coatcheck_0123456789abcdefghijklmn'])
})

test('R-66: both texts have the form that the way out looks for', () => {
  const placeholder = samples[8]!
  for (const text of textsOfPlaceholder(placeholder)) assert.ok(isPlaceholderText(text))
  const field = `AWS4-HMAC-SHA256 Credential=${signingKeyId(placeholder)}/20260101/x/s3/aws4_request, SignedHeaders=host`
  assert.ok(placeholderTexts(field).includes(signingKeyId(placeholder)))
})

test('SEC-12: real key identifiers, and texts that are nearly ours, are none of ours', () => {
  for (const text of [
    'AKIAIOSFODNN7EXAMPLE',
    'AKIA0000000000000000U',
    'AKIA0UUUUUUUUUUUUUUU',
    'ASIA0000000000000000',
  ]) {
    assert.equal(isSigningKeyId(text), false)
  }
})
