import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EphemeralSecrets } from './ephemeral-secrets.ts'
import { fixedKey } from './fixed-key.suite.ts'
import { KeyRing } from './key-ring.ts'
import type { Secret } from './secret.ts'
import { SecretValue } from './secret-value.ts'

const secret: Secret = {
  id: 'sec_1',
  project: 'default',
  name: 'OPENAI_API_KEY',
  provider: 'openai',
  shape: null,
  scopes: [{ to: 'api.openai.com', inject: { kind: 'bearer' } }],
  version: 1,
  weak: false,
  rotationDays: null,
  createdAt: '2026-11-22T10:00:00.000Z',
  rotatedAt: '2026-11-22T10:00:00.000Z',
}
const text = 'sk-0123456789abcdef'
const value = () => new SecretValue(Buffer.from(text))
const textOf = ({ value }: { value: SecretValue }) => value.use((bytes) => Buffer.from(bytes).toString())

function make() {
  const keyRing = new KeyRing(fixedKey(0))
  return { keyRing, secrets: new EphemeralSecrets(keyRing) }
}

test('a value is revealed as a copy, as often as it is needed', () => {
  const { secrets } = make()
  const given = value()
  assert.deepEqual(secrets.put(secret, given), secret)
  given[Symbol.dispose]()
  for (const _ of [1, 2]) {
    const revealed = secrets.reveal('sec_1')
    assert.equal(textOf(revealed), text)
    revealed.value[Symbol.dispose]()
  }
  assert.deepEqual(secrets.find('sec_1'), secret)
})

test('a dropped value is gone, and others stay', () => {
  const { secrets } = make()
  secrets.put(secret, value())
  secrets.put({ ...secret, id: 'sec_2' }, value())
  secrets.drop(['sec_1', 'sec_none'])
  assert.equal(secrets.find('sec_1'), undefined)
  assert.throws(() => secrets.reveal('sec_1'), { code: 'secret_not_found' })
  assert.equal(textOf(secrets.reveal('sec_2')), text)
})

test('locking the vault wipes every value, for good', () => {
  const { keyRing, secrets } = make()
  secrets.put(secret, value())
  keyRing.lock()
  assert.throws(() => secrets.reveal('sec_1'), { code: 'vault_locked' })
  assert.throws(() => secrets.put(secret, value()), { code: 'vault_locked' })
  keyRing.unlock()
  assert.equal(secrets.find('sec_1'), undefined)
  assert.throws(() => secrets.reveal('sec_1'), { code: 'secret_not_found' })
})

test('a short value is refused unless that was consented to', () => {
  const { secrets } = make()
  const short = () => new SecretValue(Buffer.from('short'))
  assert.throws(() => secrets.put(secret, short()), { code: 'secret_weak' })
  assert.equal(secrets.find('sec_1'), undefined)
  assert.equal(secrets.put({ ...secret, weak: true }, short()).weak, true)
  assert.equal(secrets.put({ ...secret, weak: true }, value()).weak, false)
})
