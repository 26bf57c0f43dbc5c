import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import { MemorySecretStore } from '../storage/memory/secret-store.ts'
import { fixedKey } from './fixed-key.suite.ts'
import { KeyRing } from './key-ring.ts'
import { LocalVault } from './local-vault.ts'
import type { SecretStore } from './secret-store.ts'
import { SecretValue } from './secret-value.ts'
import type { NewSecret, RevealedSecret } from './vault.ts'

const scope: Scope = { to: 'api.stripe.com', inject: { kind: 'bearer' } }
const input: NewSecret = {
  project: 'default',
  name: 'stripe',
  provider: 'stripe',
  shape: null,
  scopes: [scope],
  rotationDays: 30,
  weak: false,
}
const first = 'sk_live_first_0123456789'
const second = 'sk_live_second_0123456789'
const makeValue = (text: string) => new SecretValue(Buffer.from(text))
const textOf = ({ value }: RevealedSecret) => value.use((bytes) => Buffer.from(bytes).toString())

function make(store: SecretStore = new MemorySecretStore()) {
  const keyRing = new KeyRing(fixedKey(7))
  return { store, keyRing, vault: new LocalVault({ store, keyRing, clock: systemClock }) }
}

test('V1: a secret is created with metadata alone, and revealed to the broker', () => {
  const { vault } = make()
  const secret = vault.create(input, makeValue(first))
  assert.match(secret.id, /^sec_[0-9a-z]{20}$/)
  assert.equal(secret.version, 1)
  assert.ok(!JSON.stringify(secret).includes(first))
  const revealed = vault.reveal(secret.id)
  assert.equal(textOf(revealed), first)
  assert.equal(revealed.version, 1)
  assert.deepEqual(vault.get('default', 'stripe'), secret)
  assert.deepEqual(vault.find(secret.id), secret)
  assert.deepEqual(vault.list('default', 10, null), [secret])
  assert.throws(() => vault.create(input, makeValue(second)), { code: 'secret_exists' })
})

test('V5: after a rotation the next reveal gives the new value, and the scopes stay', () => {
  const { vault } = make()
  const created = vault.create(input, makeValue(first))
  const rotated = vault.rotate('default', 'stripe', makeValue(second))
  assert.equal(rotated.version, 2)
  assert.equal(rotated.id, created.id)
  assert.deepEqual(rotated.scopes, created.scopes)
  assert.equal(rotated.createdAt, created.createdAt)
  const revealed = vault.reveal(created.id)
  assert.equal(textOf(revealed), second)
  assert.equal(revealed.version, 2)
})

const third = 'sk_live_third_0123456789'

test('AC-5.2: what a service gave is a new version, and is not written over a newer one; the date of rotation stays', () => {
  const { vault, store } = make()
  const created = vault.create(input, makeValue(first))
  const renewed = vault.renew(created, makeValue(second))
  assert.deepEqual(renewed, { ...created, version: 2 })
  assert.equal(textOf(vault.reveal(created.id)), second)
  assert.throws(() => vault.renew(created, makeValue(third)), { code: 'secret_changed' })
  const again = vault.renew(renewed, makeValue(third))
  assert.equal(textOf(vault.reveal(created.id)), third)
  assert.deepEqual(
    [1, 2, 3].map((version) => store.readVersion(again.id, version) !== undefined),
    [false, true, true],
  )
})

test('V5: a reveal is remembered as the last use', () => {
  const { vault } = make()
  const { id } = vault.create(input, makeValue(first))
  assert.equal(vault.lastUsedAt(id), null)
  vault.reveal(id)
  assert.ok(Date.parse(vault.lastUsedAt(id) ?? '') > 0)
})

test('R-14: a secret made again under the same name is another one', () => {
  const { vault } = make()
  const old = vault.create(input, makeValue(first))
  assert.deepEqual(vault.delete('default', 'stripe'), { id: old.id, project: 'default', name: 'stripe' })
  const made = vault.create(input, makeValue(second))
  assert.notEqual(made.id, old.id)
  assert.throws(() => vault.reveal(old.id), { code: 'secret_not_found' })
  assert.equal(vault.find(old.id), undefined)
  assert.equal(textOf(vault.reveal(made.id)), second)
})

test('what does not exist is refused', () => {
  const { vault } = make()
  const attempts = [
    () => vault.get('default', 'stripe'),
    () => vault.rotate('default', 'stripe', makeValue(first)),
    () => vault.rescope('default', 'stripe', [], undefined),
    () => vault.delete('default', 'stripe'),
    () => vault.reveal('sec_none'),
  ]
  for (const attempt of attempts) assert.throws(attempt, { code: 'secret_not_found' })
  vault.create(input, makeValue(first))
  assert.throws(() => vault.get('other', 'stripe'), { code: 'secret_not_found' })
})

test('SEC-02: widening needs the present value, narrowing needs nothing', () => {
  const { vault } = make()
  const { id } = vault.create(input, makeValue(first))
  const wide: readonly Scope[] = [scope, { ...scope, to: 'evil.example' }]
  for (const proof of [
    undefined,
    makeValue(second),
    makeValue(''),
    makeValue(`${first}\n`),
    makeValue(first.slice(0, -1)),
  ]) {
    assert.throws(() => vault.rescope('default', 'stripe', wide, proof), { code: 'value_required' })
  }
  assert.deepEqual(vault.find(id)?.scopes, [scope])
  assert.deepEqual(vault.rescope('default', 'stripe', wide, makeValue(first)).scopes, wide)
  const narrow = [{ ...scope, to: 'api.stripe.com/v1' }]
  assert.deepEqual(vault.rescope('default', 'stripe', narrow, undefined).scopes, narrow)
  assert.throws(() => vault.rescope('default', 'stripe', wide, undefined), { code: 'value_required' })
  vault.rotate('default', 'stripe', makeValue(second))
  assert.throws(() => vault.rescope('default', 'stripe', wide, makeValue(first)), { code: 'value_required' })
  assert.equal(vault.rescope('default', 'stripe', wide, makeValue(second)).version, 2)
})

test('an HTTP secret under 16 bytes is refused unless that was consented to', () => {
  const { vault } = make()
  assert.throws(() => vault.create(input, makeValue('0123456789abcde')), { code: 'secret_weak' })
  assert.deepEqual(vault.list('default', 10, null), [])
  assert.equal(vault.create(input, makeValue('0123456789abcdef')).weak, false)
  assert.throws(() => vault.rotate('default', 'stripe', makeValue('short')), { code: 'secret_weak' })
  assert.equal(vault.create({ ...input, name: 'weak', weak: true }, makeValue('short')).weak, true)
  assert.equal(vault.rotate('default', 'weak', makeValue('brief')).weak, true)
  assert.equal(vault.rotate('default', 'weak', makeValue(first)).weak, false)
  assert.throws(() => vault.create({ ...input, name: 'empty', weak: true }, makeValue('')), { code: 'secret_unusable' })
})

test('a short secret of a socket protocol is strong enough, until it gets an HTTP scope', () => {
  const { vault } = make()
  const database: Scope = { to: 'db.example.com', inject: { kind: 'postgres' } }
  assert.equal(vault.create({ ...input, scopes: [database] }, makeValue('short')).weak, false)
  assert.throws(() => vault.rescope('default', 'stripe', [database, scope], makeValue('short')), {
    code: 'secret_weak',
  })
})

test('W8: a locked vault shows metadata, and neither reveals nor changes anything', () => {
  const { vault } = make()
  const secret = vault.create(input, makeValue(first))
  vault.lock()
  assert.equal(vault.state, 'locked')
  const attempts = [
    () => vault.reveal(secret.id),
    () => vault.create({ ...input, name: 'other' }, makeValue(first)),
    () => vault.rotate('default', 'stripe', makeValue(second)),
    () => vault.rescope('default', 'stripe', [], undefined),
    () => vault.delete('default', 'stripe'),
  ]
  for (const attempt of attempts) assert.throws(attempt, { code: 'vault_locked' })
  assert.deepEqual(vault.get('default', 'stripe'), secret)
  assert.deepEqual(vault.list('default', 10, null), [secret])
  vault.unlock()
  assert.equal(vault.state, 'unlocked')
  assert.equal(textOf(vault.reveal(secret.id)), first)
})

test('a change that another process makes meanwhile is not lost', () => {
  const store = new MemorySecretStore()
  const { vault, keyRing } = make(store)
  const other = new LocalVault({ store, keyRing, clock: systemClock })
  const { id } = vault.create(input, makeValue(first))
  const interrupted = Object.create(store, {
    readKey: {
      value(secretId: string) {
        if (store.findById(id)?.version === 1) other.rotate('default', 'stripe', makeValue(second))
        return store.readKey(secretId)
      },
    },
    findByName: { value: store.findByName.bind(store) },
    update: { value: store.update.bind(store) },
  }) as SecretStore
  const late = new LocalVault({ store: interrupted, keyRing, clock: systemClock })
  const third = 'sk_live_third_0123456789'
  assert.equal(late.rotate('default', 'stripe', makeValue(third)).version, 3)
  assert.equal(textOf(vault.reveal(id)), third)
})

test('N11: of a secret with a source the vault keeps a fingerprint, and reveals what the source gave', () => {
  const given = new SecretValue(Buffer.from(first))
  const sourced = { reveal: () => ({ version: 7, value: given, untilMs: 1 }), verify() {} }
  const keyRing = new KeyRing(fixedKey(7))
  const store = new MemorySecretStore()
  const vault = new LocalVault({ store, keyRing, clock: systemClock, sourced })
  const { id } = vault.create({ ...input, source: 'from-exec' }, makeValue(first))
  assert.equal(vault.reveal(id).value, given)
  const without = new LocalVault({ store, keyRing, clock: systemClock })
  assert.throws(() => without.reveal(id), { code: 'source_unavailable' })
  assert.throws(() => without.verify(id), { code: 'source_unavailable' })
  assert.throws(() => vault.rotate('default', 'stripe', makeValue(second)), { code: 'secret_sourced' })
})

test('SEC-16: another value of a source is another version, and the same one is not', () => {
  const { vault } = make()
  const { id } = vault.create({ ...input, source: 'from-exec' }, makeValue(first))
  assert.equal(vault.follow(id, makeValue(first), false).version, 1)
  assert.equal(vault.follow(id, makeValue(second), false).version, 2)
  assert.equal(vault.follow(id, makeValue(second), false).version, 2)
  assert.equal(vault.follow(id, makeValue(second), true).version, 3)
  assert.throws(() => vault.follow(id, makeValue('short'), false), { code: 'secret_weak' })
  assert.throws(() => vault.follow('sec_none', makeValue(first), false), { code: 'secret_not_found' })
})

test('SEC-02: a wider scope of a secret with a source needs the value, and not its fingerprint', () => {
  const { vault } = make()
  vault.create({ ...input, source: 'from-exec' }, makeValue(first))
  const wider: Scope[] = [scope, { ...scope, to: 'files.stripe.com' }]
  const fingerprint = new SecretValue(createHash('sha256').update(first).digest())
  assert.throws(() => vault.rescope('default', 'stripe', wider, fingerprint), { code: 'value_required' })
  assert.throws(() => vault.rescope('default', 'stripe', wider, makeValue(second)), { code: 'value_required' })
  assert.equal(vault.rescope('default', 'stripe', wider, makeValue(first)).scopes.length, 2)
})
