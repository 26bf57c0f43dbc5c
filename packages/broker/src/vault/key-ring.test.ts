import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { fixedKey } from './fixed-key.suite.ts'
import { KeyRing } from './key-ring.ts'
import { FileLockMarker } from './lock-marker.ts'

const handedOut: Uint8Array[] = []
const provider = {
  ...fixedKey(7),
  read: () => {
    const keys = fixedKey(7).read()
    handedOut.push(...keys)
    return keys
  },
}
const bytes = Buffer.from('bytes')

test('the key-encryption key is wiped once the other keys are derived', () => {
  new KeyRing(provider)
  assert.ok(handedOut.at(-1)?.every((byte) => byte === 0))
})

test('each use has a key of its own', () => {
  const keyRing = new KeyRing(provider)
  const outputs = [
    keyRing.seal(bytes),
    keyRing.digestSeal(bytes),
    keyRing.authenticateMark(bytes),
    Buffer.from(keyRing.indexPlaceholder('bytes'), 'hex'),
  ]
  assert.equal(new Set(outputs.map((output) => Buffer.from(output).toString('hex'))).size, outputs.length)
  assert.throws(() => keyRing.openState(keyRing.wrapDataKey(bytes, bytes, bytes), bytes, keyRing.keyId), {
    code: 'row_tampered',
  })
})

test('a sealed placeholder opens in its own context and in no other', () => {
  const keyRing = new KeyRing(provider)
  const sealed = keyRing.sealPlaceholder('sk_live_x', 'grant-1')
  assert.notEqual(sealed, keyRing.sealPlaceholder('sk_live_x', 'grant-1'))
  assert.equal(keyRing.openPlaceholder(sealed, 'grant-1'), 'sk_live_x')
  assert.throws(() => keyRing.openPlaceholder(sealed, 'grant-2'), { code: 'row_tampered' })
  assert.throws(() => keyRing.openPlaceholder('', 'grant-1'), { code: 'row_tampered' })
  const other = new KeyRing(fixedKey(8))
  assert.throws(() => other.openPlaceholder(sealed, 'grant-1'), { code: 'row_tampered' })
  assert.notEqual(other.indexPlaceholder('sk_live_x'), keyRing.indexPlaceholder('sk_live_x'))
})

test('a locked key ring refuses every use, and works again once unlocked', () => {
  const keyRing = new KeyRing(provider)
  const sealed = keyRing.sealPlaceholder('text', 'context')
  const { keyId } = keyRing
  const wrapped = keyRing.wrapDataKey(bytes, bytes, bytes)
  let told = 0
  keyRing.onLock(() => told++)
  keyRing.lock()
  assert.equal(keyRing.locked, true)
  assert.equal(told, 1)
  const uses = [
    () => keyRing.requireUnlocked(),
    () => keyRing.seal(bytes),
    () => keyRing.digestSeal(bytes),
    () => keyRing.authenticateMark(bytes),
    () => keyRing.sealState(bytes, bytes),
    () => keyRing.openState(wrapped, bytes, keyId),
    () => keyRing.wrapDataKey(bytes, bytes, bytes),
    () => keyRing.unwrapDataKey(wrapped, bytes, bytes, keyId),
    () => keyRing.indexPlaceholder('text'),
    () => keyRing.sealPlaceholder('text', 'context'),
    () => keyRing.openPlaceholder(sealed, 'context'),
  ]
  for (const use of uses) assert.throws(use, { code: 'vault_locked' })
  keyRing.unlock()
  assert.equal(keyRing.openPlaceholder(sealed, 'context'), 'text')
})

test('a lock holds for other processes and later ones, until it is taken away', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-lock-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const open = () => new KeyRing(provider, new FileLockMarker(join(folder, 'locked')))
  const [first, second] = [open(), open()]
  let told = 0
  second.onLock(() => told++)
  first.lock()
  assert.equal(second.locked, true)
  assert.equal(told, 1)
  assert.throws(() => second.seal(bytes), { code: 'vault_locked' })
  const later = open()
  assert.equal(later.locked, true)
  later.unlock()
  assert.equal(open().locked, false)
})

test('a key that cannot be read leaves the lock in place', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-lock-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const marker = new FileLockMarker(join(folder, 'locked'))
  new KeyRing(provider, marker).lock()
  const broken = { ...fixedKey(7), read: () => assert.fail('unreadable') }
  const keyRing = new KeyRing(broken, marker)
  assert.throws(() => keyRing.unlock())
  assert.equal(keyRing.locked, true)
  assert.equal(marker.isSet(), true)
})

test('while keys are rotated both are understood, and the old one is wiped a minute after nobody needs it', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let fills = [7]
  const changing = { ...fixedKey(7), read: () => fixedKey(...fills).read(), version: () => fills.join() }
  const keyRing = new KeyRing(changing)
  const old = { keyId: keyRing.keyId, seal: keyRing.seal(bytes), index: keyRing.indexPlaceholder('text') }
  const sealed = keyRing.sealPlaceholder('text', 'context')
  fills = [8, 7]
  assert.equal(keyRing.keyId, old.keyId, 'not before it is asked to')
  keyRing.refresh()
  assert.notEqual(keyRing.keyId, old.keyId)
  assert.equal(keyRing.fitsSeal(bytes, old.seal), true)
  assert.equal(keyRing.fitsSeal(bytes, keyRing.brokenSeal()), false)
  assert.equal(keyRing.openPlaceholder(sealed, 'context'), 'text')
  assert.deepEqual(keyRing.placeholderIndexes('text'), [keyRing.indexPlaceholder('text'), old.index])
  assert.equal(keyRing.isUnderOldKey(old.keyId), true)
  fills = [8]
  keyRing.refresh()
  keyRing.retain(new Set())
  context.mock.timers.tick(59_000)
  assert.equal(keyRing.fitsSeal(bytes, old.seal), true)
  context.mock.timers.tick(2_000)
  assert.equal(keyRing.fitsSeal(bytes, old.seal), false)
  assert.equal(keyRing.knows(old.keyId), false)
  assert.throws(() => keyRing.openPlaceholder(sealed, 'context'), { code: 'row_tampered' })
})

test('a key that cannot be read any more locks the ring that notices', () => {
  let version = '1'
  const vanishing = {
    ...fixedKey(7),
    read: () => {
      if (version !== '1') throw new CoatcheckError('passphrase_required')
      return fixedKey(7).read()
    },
    version: () => version,
  }
  const keyRing = new KeyRing(vanishing)
  version = '2'
  assert.throws(() => keyRing.refresh(), { code: 'vault_locked' })
  assert.equal(keyRing.locked, true)
})
