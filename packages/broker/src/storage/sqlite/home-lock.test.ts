import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type HomeClaim, HomeLock } from './home-lock.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-claim-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const cases: readonly (readonly [HomeClaim, HomeClaim, boolean])[] = [
  ['shared', 'shared', true],
  ['shared', 'serving', true],
  ['serving', 'shared', true],
  ['serving', 'serving', false],
  ['shared', 'alone', false],
  ['serving', 'alone', false],
  ['alone', 'alone', false],
  ['alone', 'shared', false],
  ['alone', 'serving', false],
]

for (const [held, wanted, goes] of cases) {
  test(`a home that is claimed ${held} ${goes ? 'can' : 'cannot'} be claimed ${wanted}`, (context) => {
    const path = join(makeFolder(context), 'lock')
    const first = new HomeLock(path, held)
    const claim = () => new HomeLock(path, wanted).release()
    if (goes) claim()
    else assert.throws(claim, { code: 'home_in_use' })
    first.release()
    claim()
  })
}

test('R-98: a claim leaves one file of mode 0600 and nothing beside it', (context) => {
  const folder = makeFolder(context)
  const lock = new HomeLock(join(folder, 'lock'), 'serving')
  assert.deepEqual(readdirSync(folder), ['lock'])
  assert.equal(statSync(join(folder, 'lock')).mode & 0o777, 0o600)
  lock.release()
  assert.deepEqual(readdirSync(folder), ['lock'])
})

test('a claim on a folder that is not there is a failure of the storage', (context) => {
  assert.throws(() => new HomeLock(join(makeFolder(context), 'none', 'lock'), 'shared'), {
    code: 'storage_unavailable',
  })
})
