import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createKeyFile } from './create-key-file.ts'
import { FileKeyProvider } from './file-key-provider.ts'
import { keyIdOf } from './key-provider.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-key-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function makeKey(context: TestContext): string {
  const path = join(makeFolder(context), 'keys', 'key')
  createKeyFile(path)
  return path
}

const keyOf = (path: string): Uint8Array => new FileKeyProvider(path).read()[0] ?? assert.fail('no key')

const refused = (reason: RegExp) => (error: { code?: string; facts?: { reason?: string } }) => {
  assert.equal(error.code, 'key_unusable')
  assert.match(String(error.facts?.reason), reason)
  return true
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('R-98: a new key file has mode 0600 in a folder with mode 0700, whatever the umask, and nothing beside it', (context) => {
  const folder = join(makeFolder(context), 'keys')
  const umask = process.umask(0)
  try {
    createKeyFile(join(folder, 'key'))
  } finally {
    process.umask(umask)
  }
  assert.equal(modeOf(folder), 0o700)
  assert.equal(modeOf(join(folder, 'key')), 0o600)
  assert.deepEqual(readdirSync(folder), ['key'])
})

test('a key file gives the same 32 bytes and the same id each time, and another file others', (context) => {
  const path = makeKey(context)
  const key = keyOf(path)
  assert.equal(key.length, 32)
  assert.deepEqual(keyOf(path), key)
  assert.match(keyIdOf(key), /^[0-9a-f]{16}$/)
  const other = keyOf(makeKey(context))
  assert.notDeepEqual(other, key)
  assert.notEqual(keyIdOf(other), keyIdOf(key))
  assert.ok(!Buffer.from(key).toString('hex').includes(keyIdOf(key)))
})

test('an existing key file is never replaced', (context) => {
  const path = makeKey(context)
  const before = readFileSync(path)
  assert.throws(() => createKeyFile(path), refused(/exists/))
  assert.deepEqual(readFileSync(path), before)
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
})

test('a key file that is missing, a link, a folder or open to others is refused', (context) => {
  const path = makeKey(context)
  const provider = new FileKeyProvider(path)
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610]) {
    chmodSync(path, mode)
    assert.throws(() => provider.read(), refused(/open to group or others/))
  }
  chmodSync(path, 0o600)
  symlinkSync(path, `${path}-link`)
  assert.throws(() => new FileKeyProvider(`${path}-link`).read(), refused(/symbolic link/))
  assert.throws(() => new FileKeyProvider(`${path}-none`).read(), refused(/does not exist/))
  mkdirSync(`${path}-folder`, { mode: 0o700 })
  assert.throws(() => new FileKeyProvider(`${path}-folder`).read(), refused(/not a file/))
  assert.equal(provider.read()[0]?.length, 32)
})

test('a key file in a folder that is open to others, or a link, is refused', (context) => {
  const path = makeKey(context)
  const folder = join(path, '..')
  symlinkSync(folder, `${folder}-link`)
  assert.throws(() => new FileKeyProvider(join(`${folder}-link`, 'key')).read(), refused(/not a real folder/))
  chmodSync(folder, 0o750)
  assert.throws(() => new FileKeyProvider(path).read(), refused(/folder is open/))
  assert.throws(() => createKeyFile(join(folder, 'second')), refused(/folder is open/))
})

test('a key file of another user is refused', { skip: process.geteuid?.() !== 0 && 'needs root' }, async (context) => {
  const { chownSync } = await import('node:fs')
  const path = makeKey(context)
  chownSync(path, 65_534, 65_534)
  assert.throws(() => new FileKeyProvider(path).read(), refused(/another user/))
})

test('a key file inside a git work tree is refused, through a link too', (context) => {
  const root = makeFolder(context)
  const tree = join(root, 'tree')
  mkdirSync(join(tree, 'deep', 'keys'), { recursive: true, mode: 0o700 })
  mkdirSync(join(tree, '.git'))
  assert.throws(() => createKeyFile(join(tree, 'deep', 'keys', 'key')), refused(/git work tree/))
  symlinkSync(join(tree, 'deep'), join(root, 'link'))
  assert.throws(() => createKeyFile(join(root, 'link', 'keys', 'key')), refused(/git work tree/))
  const path = makeKey(context)
  copyFileSync(path, join(tree, 'deep', 'keys', 'key'))
  assert.throws(() => new FileKeyProvider(join(tree, 'deep', 'keys', 'key')).read(), refused(/git work tree/))
  // A linked work tree has a file of that name.
  writeFileSync(join(path, '..', '.git'), 'gitdir: /elsewhere\n')
  assert.throws(() => new FileKeyProvider(path).read(), refused(/git work tree/))
})

test('a key file in the folder of the database, or below it, is refused', (context) => {
  const path = makeKey(context)
  const folder = join(path, '..')
  for (const databaseDirectory of [folder, join(folder, '..'), `${folder}/../keys`]) {
    assert.throws(() => new FileKeyProvider(path, { databaseDirectory }).read(), refused(/folder of the database/))
    assert.throws(() => createKeyFile(join(folder, 'second'), { databaseDirectory }), refused(/folder of the database/))
  }
  symlinkSync(join(folder, '..'), `${folder}-link`)
  const behindLink = { databaseDirectory: `${folder}-link` }
  assert.throws(() => new FileKeyProvider(path, behindLink).read(), refused(/folder of the database/))
  const apart = { databaseDirectory: join(folder, '..', 'keys-and-more') }
  assert.equal(new FileKeyProvider(path, apart).read()[0]?.length, 32)
})

test('a malformed key file is refused', (context) => {
  const path = makeKey(context)
  const good = readFileSync(path, 'latin1')
  const broken = [
    '',
    'x',
    good.slice(0, -2),
    `${good}\n`,
    good.toUpperCase(),
    good.replace(/:../, ':zz'),
    ` ${good.slice(1)}`,
  ]
  for (const text of broken) {
    writeFileSync(path, text)
    assert.throws(() => new FileKeyProvider(path).read(), refused(/malformed/), JSON.stringify(text.length))
  }
  writeFileSync(path, good.trimEnd())
  assert.equal(new FileKeyProvider(path).read()[0]?.length, 32)
})
