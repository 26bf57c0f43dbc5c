import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createKeyFile } from './create-key-file.ts'
import { FileKeyProvider } from './file-key-provider.ts'
import { KeyFileEditor } from './key-file-editor.ts'
import { KeyRing } from './key-ring.ts'
import { readPassphraseFile } from './read-passphrase-file.ts'
import { SecretValue } from './secret-value.ts'

const right = 'correct horse battery staple'
const other = 'another horse, another staple'
const secret = (text: string) => new SecretValue(Buffer.from(text))
const hex = (keys: readonly Uint8Array[]) => keys.map((key) => Buffer.from(key).toString('hex'))

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-passphrase-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function makeKey(context: TestContext, passphrase?: string): string {
  const path = join(makeFolder(context), 'keys', 'key')
  createKeyFile(path, { passphrase: passphrase === undefined ? undefined : secret(passphrase) })
  return path
}

test('a key under a passphrase opens with it and with nothing else, and the file changes for neither', (context) => {
  const path = makeKey(context, right)
  const text = readFileSync(path, 'latin1')
  assert.match(text, /^coatcheck-passphrase-1:argon2id:65536:3:4:[0-9a-f]{32}\ncoatcheck-wrapped-key-1:[0-9a-f:]+\n$/)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const key = hex(new FileKeyProvider(path).read(secret(right)))
  assert.equal(key[0]?.length, 64)
  assert.ok(!text.includes(key[0]!))
  for (const wrong of [other, '', `${right} `, right.toUpperCase()]) {
    assert.throws(() => new FileKeyProvider(path).read(secret(wrong)), { code: 'passphrase_wrong' })
  }
  assert.throws(() => new FileKeyProvider(path).read(), { code: 'passphrase_required' })
  assert.equal(readFileSync(path, 'latin1'), text)
})

test('once it was right a passphrase is not asked for again until the vault is locked', (context) => {
  const provider = new FileKeyProvider(makeKey(context, right))
  const key = hex(provider.read(secret(right)))
  assert.deepEqual(hex(provider.read()), key)
  assert.throws(() => provider.read(secret(other)), { code: 'passphrase_wrong' }, 'one that is given is tried')
  assert.deepEqual(hex(provider.read()), key)
  provider.forget()
  assert.throws(() => provider.read(), { code: 'passphrase_required' })
})

test('a key ring without its passphrase starts locked, and opens with it', (context) => {
  const keyRing = new KeyRing(new FileKeyProvider(makeKey(context, right)))
  assert.equal(keyRing.locked, true)
  assert.throws(() => keyRing.unlock(), { code: 'passphrase_required' })
  assert.throws(() => keyRing.unlock(secret(other)), { code: 'passphrase_wrong' })
  assert.equal(keyRing.locked, true)
  keyRing.unlock(secret(right))
  assert.equal(keyRing.locked, false)
  keyRing.lock()
  assert.throws(() => keyRing.unlock(), { code: 'passphrase_required' })
})

test('a passphrase is changed without changing the key, and back to a file in the clear', (context) => {
  const path = makeKey(context)
  const provider = new FileKeyProvider(path)
  const editor = new KeyFileEditor(path, provider)
  const key = hex(provider.read())
  editor.rewrap(undefined, secret(right))
  assert.equal(editor.asksForPassphrase, true)
  assert.ok(!readFileSync(path, 'latin1').includes(key[0]!))
  assert.deepEqual(hex(new FileKeyProvider(path).read(secret(right))), key)
  assert.throws(() => editor.rewrap(undefined, secret(other)), { code: 'passphrase_required' })
  assert.throws(() => editor.rewrap(secret(other), secret(other)), { code: 'passphrase_wrong' })
  editor.rewrap(secret(right), secret(other))
  assert.throws(() => new FileKeyProvider(path).read(secret(right)), { code: 'passphrase_wrong' })
  assert.deepEqual(hex(provider.read()), key, 'this process goes on')
  editor.rewrap(secret(other), undefined)
  assert.deepEqual(hex(new FileKeyProvider(path).read()), key)
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
})

test('a new key comes first, under the same passphrase, and the old one can be taken out', (context) => {
  const path = makeKey(context, right)
  const provider = new FileKeyProvider(path)
  const editor = new KeyFileEditor(path, provider)
  assert.throws(() => editor.addKey(), { code: 'passphrase_required' })
  const [old] = hex(provider.read(secret(right)))
  editor.addKey()
  editor.addKey()
  const both = hex(provider.read())
  assert.equal(both.length, 2)
  assert.equal(both[1], old)
  assert.equal(editor.isRotating, true)
  editor.dropOldKey()
  assert.deepEqual(hex(new FileKeyProvider(path).read(secret(right))), both.slice(0, 1))
})

for (const weak of ['', 'short', 'elevenchars', 'aaaaaaaaaaaaaaaa', 'abababababababab']) {
  test(`a passphrase such as “${weak}” is refused, and no key is made`, (context) => {
    const folder = join(makeFolder(context), 'keys')
    assert.throws(() => createKeyFile(join(folder, 'key'), { passphrase: secret(weak) }), { code: 'passphrase_weak' })
    assert.throws(() => readdirSync(folder), { code: 'ENOENT' })
  })
}

test('a key file whose terms or key were changed opens with no passphrase', (context) => {
  const path = makeKey(context, right)
  const good = readFileSync(path, 'latin1')
  const malformed = [
    good.split('\n')[0]!,
    good.replace(':65536:', ':1:'),
    good.replace('argon2id', 'argon2i'),
    good + good,
    good.replace(/wrapped-key-1:.{16}/, 'wrapped-key-1:short'),
    `${good}\n`,
  ]
  for (const text of malformed) {
    writeFileSync(path, text)
    assert.throws(() => new FileKeyProvider(path).read(secret(right)), { code: 'key_unusable' }, text)
  }
  const changed = [
    good.replace(':65536:3:', ':65536:2:'),
    good.replace(/.\n$/, (end) => (end[0] === '0' ? '1\n' : '0\n')),
  ]
  for (const text of changed) {
    writeFileSync(path, text)
    assert.throws(() => new FileKeyProvider(path).read(secret(right)), { code: 'passphrase_wrong' })
  }
})

test('a passphrase file is read without the line break at its end, and refused when others can read it', (context) => {
  const path = join(makeFolder(context), 'passphrase')
  const refused = (reason: RegExp) => (error: { code?: string; facts?: { reason?: string } }) =>
    error.code === 'key_unusable' && reason.test(String(error.facts?.reason))
  assert.throws(() => readPassphraseFile(path), refused(/ENOENT/))
  writeFileSync(path, `${right}\r\n`, { mode: 0o600 })
  using passphrase = readPassphraseFile(path)
  assert.equal(
    passphrase.use((bytes) => Buffer.from(bytes).toString()),
    right,
  )
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode)
    assert.throws(() => readPassphraseFile(path), refused(/open to group or others/))
  }
  chmodSync(path, 0o600)
  for (const text of ['', '\n', 'x'.repeat(2000)]) {
    writeFileSync(path, text)
    assert.throws(() => readPassphraseFile(path), refused(/empty|long/))
  }
})
