import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KeyRing } from './key-ring.ts'
import { FileLockMarker } from './lock-marker.ts'

const handedOut: Uint8Array[] = []
const provider = {
  id: 'k1',
  read: () => {
    const key = new Uint8Array(32).fill(7)
    handedOut.push(key)
    return key
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
  assert.throws(() => keyRing.openState(keyRing.wrapDataKey(bytes, bytes), bytes), { code: 'row_tampered' })
})

test('a sealed placeholder opens in its own context and in no other', () => {
  const keyRing = new KeyRing(provider)
  const sealed = keyRing.sealPlaceholder('sk_live_x', 'grant-1')
  assert.notEqual(sealed, keyRing.sealPlaceholder('sk_live_x', 'grant-1'))
  assert.equal(keyRing.openPlaceholder(sealed, 'grant-1'), 'sk_live_x')
  assert.throws(() => keyRing.openPlaceholder(sealed, 'grant-2'), { code: 'row_tampered' })
  assert.throws(() => keyRing.openPlaceholder('', 'grant-1'), { code: 'row_tampered' })
  const other = new KeyRing({ id: 'k2', read: () => new Uint8Array(32).fill(8) })
  assert.throws(() => other.openPlaceholder(sealed, 'grant-1'), { code: 'row_tampered' })
  assert.notEqual(other.indexPlaceholder('sk_live_x'), keyRing.indexPlaceholder('sk_live_x'))
})

test('a locked key ring refuses every use, and works again once unlocked', () => {
  const keyRing = new KeyRing(provider)
  const sealed = keyRing.sealPlaceholder('text', 'context')
  const wrapped = keyRing.wrapDataKey(bytes, bytes)
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
    () => keyRing.openState(wrapped, bytes),
    () => keyRing.wrapDataKey(bytes, bytes),
    () => keyRing.unwrapDataKey(wrapped, bytes),
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
  const broken = { id: 'k1', read: () => assert.fail('unreadable') }
  const keyRing = new KeyRing(broken, marker)
  assert.throws(() => keyRing.unlock())
  assert.equal(keyRing.locked, true)
  assert.equal(marker.isSet(), true)
})
