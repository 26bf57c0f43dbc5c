import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { refuse } from './refusal.ts'
import { toldOfKey } from './told-of-key.ts'

const expiresAt = '2026-01-01T00:00:10.000Z'
const before = { ...systemClock, now: () => new Date('2026-01-01T00:00:09.999Z') }
const after = { ...systemClock, now: () => new Date(expiresAt) }
const key = { id: newIdentifier('key'), expiresAt }
const sandbox = { id: newIdentifier('sbx'), expiresAt }

for (const code of ['sandbox_ended', 'sandbox_expired', 'grant_ended', 'grant_expired'] as const) {
  test(`G5: a request under way with a virtual key hears of ${code} what every later one hears`, () => {
    assert.equal(toldOfKey(refuse(code), key, after).code, 'key_expired')
    assert.equal(toldOfKey(refuse(code), key, before).code, 'key_revoked')
    assert.equal(toldOfKey(refuse(code), sandbox, after).code, code)
  })
}

test('G5: what has nothing to do with the end of a key is told as it is', () => {
  const refusal = refuse('destination_denied', { host: 'api.example.com' })
  assert.equal(toldOfKey(refusal, key, after), refusal)
})
