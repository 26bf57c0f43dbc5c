import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { HomeLock } from '../storage/sqlite/home-lock.ts'
import { type Home, homePaths, resolveHome } from './home.ts'
import { prepareHome } from './prepare-home.ts'
import { planRemoval, uninstallHome } from './uninstall-home.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coatcheck-uninstall-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A home with a file of every kind, and one file that is not ours in each folder. */
function populate(home: Home): readonly string[] {
  prepareHome(home)
  const { audit, database, highWater, keyFile, lock, secretShares, socket, turns } = homePaths(home)
  for (const folder of [secretShares, turns]) mkdirSync(folder)
  const own = [
    database,
    `${database}-wal`,
    join(audit, 'jrn_x.jsonl'),
    highWater,
    keyFile,
    lock,
    join(turns, '7.lock'),
    join(secretShares, 'sec_1'),
    socket,
  ]
  for (const path of own) writeFileSync(path, '')
  const foreign = [home.data, home.keys, home.run].map((folder) => join(folder, 'mine.txt'))
  for (const path of foreign) writeFileSync(path, 'mine')
  return foreign
}

const xdg = (folder: string) =>
  resolveHome(undefined, { XDG_DATA_HOME: join(folder, 'd'), XDG_CONFIG_HOME: join(folder, 'c') })

for (const [layout, at] of [
  ['one folder', (folder: string) => resolveHome(folder, {})],
  ['the XDG folders', xdg],
] as const) {
  test(`in ${layout}, everything of ours goes, keys first, and what is not ours stays and is named`, () => {
    const home = at(join(root, 'home'))
    const foreign = populate(home)
    const { deleted, left } = uninstallHome(home, false)
    assert.deepEqual([...left].sort(), [...foreign].sort())
    assert.ok(deleted[0]?.startsWith(home.keys))
    const remaining = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    assert.equal(remaining.length, foreign.length)
    for (const path of foreign) rmSync(path)
    uninstallHome(home, false)
    const folders = readdirSync(root, { recursive: true }).map(String)
    assert.ok(
      folders.every((name) => !/coatcheck|keys|data$|run/.test(name)),
      folders.join(),
    )
  })
}

test('what a link in the folder leads to is not touched', () => {
  const home = resolveHome(join(root, 'home'), {})
  populate(home)
  const outside = join(root, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'mine')
  rmSync(homePaths(home).secretShares, { recursive: true })
  symlinkSync(outside, homePaths(home).secretShares)
  uninstallHome(home, false)
  assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'mine')
})

test('a home that a broker works in is refused, and nothing is deleted', () => {
  const home = resolveHome(join(root, 'home'), {})
  populate(home)
  const before = planRemoval(home, false)
  const lock = new HomeLock(homePaths(home).lock, 'shared')
  assert.throws(() => uninstallHome(home, false), { code: 'home_in_use' })
  lock.release()
  assert.deepEqual(planRemoval(home, false), before)
})

test('with the journal kept, it is all that stays', () => {
  const home = resolveHome(join(root, 'home'), {})
  for (const path of populate(home)) rmSync(path)
  uninstallHome(home, true)
  assert.deepEqual(readdirSync(join(root, 'home')), ['data'])
  assert.deepEqual(readdirSync(home.data), ['audit'])
  assert.ok(existsSync(join(homePaths(home).audit, 'jrn_x.jsonl')))
})
