import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { homePaths, resolveHome } from './home.ts'
import { prepareHome } from './prepare-home.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coatcheck-home-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const modeOf = (path: string): number => statSync(path).mode & 0o777
const unusable = (reason: RegExp) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === 'home_unusable' && reason.test(error.message)

test('one explicit folder holds data, keys and sockets apart from each other', () => {
  assert.deepEqual(resolveHome('/srv/coat', { COATCHECK_HOME: '/other' }), {
    data: '/srv/coat/data',
    keys: '/srv/coat/keys',
    run: '/srv/coat/run',
  })
  assert.equal(resolveHome(undefined, { COATCHECK_HOME: '/other' }).data, '/other/data')
})

test('without one, the XDG folders are used, and relative ones are ignored', () => {
  const environment = { XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: '/c', XDG_RUNTIME_DIR: '/r' }
  assert.deepEqual(resolveHome(undefined, environment), {
    data: '/d/coatcheck',
    keys: '/c/coatcheck/keys',
    run: '/r/coatcheck',
  })
  assert.deepEqual(resolveHome(undefined, { XDG_DATA_HOME: 'd', COATCHECK_HOME: '' }), {
    data: join(homedir(), '.local/share/coatcheck'),
    keys: join(homedir(), '.config/coatcheck/keys'),
    run: join(homedir(), '.local/share/coatcheck/run'),
  })
})

test('the key never lies below the database', () => {
  for (const home of [resolveHome('/x', {}), resolveHome(undefined, {})]) {
    assert.ok(!homePaths(home).keyFile.startsWith(`${home.data}/`))
    assert.ok(!homePaths(home).database.startsWith(`${home.keys}/`))
  }
})

test('R-98: every folder is created with mode 0700, whatever the umask', () => {
  const previous = process.umask(0)
  try {
    const home = resolveHome(join(root, 'new'), {})
    prepareHome(home)
    for (const path of [home.data, homePaths(home).audit, home.keys, home.run]) assert.equal(modeOf(path), 0o700, path)
  } finally {
    process.umask(previous)
  }
})

test('R-98: a folder that others could read is closed to them', () => {
  const home = resolveHome(root, {})
  mkdirSync(home.data, { mode: 0o755 })
  prepareHome(home)
  assert.equal(modeOf(home.data), 0o700)
})

test('a folder that is a symbolic link is refused', () => {
  const home = resolveHome(root, {})
  mkdirSync(join(root, 'elsewhere'))
  symlinkSync(join(root, 'elsewhere'), home.keys)
  assert.throws(() => prepareHome(home), unusable(/symbolic link/))
})

test('a home that is itself a symbolic link is refused', () => {
  mkdirSync(join(root, 'real'), { mode: 0o700 })
  symlinkSync(join(root, 'real'), join(root, 'link'))
  assert.throws(() => prepareHome(resolveHome(join(root, 'link'), {})), unusable(/symbolic link/))
})

for (const folder of ['data', 'keys', 'run'] as const) {
  test(`a group-writable ${folder} folder is refused`, () => {
    const home = resolveHome(root, {})
    mkdirSync(home[folder])
    chmodSync(home[folder], 0o770)
    assert.throws(() => prepareHome(home), unusable(/may write/))
  })
}

test('a home in a folder where others may rename entries is refused', () => {
  const shared = join(root, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o777)
  assert.throws(() => prepareHome(resolveHome(join(shared, 'mine'), {})), unusable(/may write.*shared/))
})

test('a file in the place of a folder is refused', () => {
  const home = resolveHome(root, {})
  writeFileSync(home.data, '')
  assert.throws(() => prepareHome(home), unusable(/EEXIST|not a folder/))
})
