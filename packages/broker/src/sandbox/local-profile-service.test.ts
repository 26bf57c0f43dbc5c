import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ProblemCode, ProfileParts } from '@coatcheck/contract'
import { sampleProfile } from '../storage/memory/profile-store.suite.ts'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

const definition: ProfileParts = {
  description: 'For the tests of the till',
  network: { allow: ['pypi.org'], deny: ['*.evil.example'] },
  secrets: { KEY: 'api' },
  rules: { KEY: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] } },
  caps: [{ unit: 'requests', limit: 100, window: 'day' }],
  ttlSeconds: 600,
}

function makeProfiles(context: TestContext) {
  const { profiles, storage } = makeRoom(context)
  const save = (name: string, made = definition) => profiles.save(project, profiles.prepare(project, name, made))
  return { profiles, save, storage }
}

test('W7: an own profile is found by its name, in its project only, beside those that are built in', (context) => {
  const { profiles, save } = makeProfiles(context)
  save('checkout')
  const found = profiles.get(project, 'checkout')
  assert.deepEqual(found.network, { allow: [{ to: 'pypi.org' }], deny: ['*.evil.example'] })
  assert.deepEqual([found.origin, found.secrets, found.ttlSeconds], ['own', { KEY: 'api' }, 600])
  assert.throws(() => profiles.get('other', 'checkout'), { code: 'profile_not_found' })
  const names = (limit: number, cursor: string | null) => profiles.list(project, limit, cursor).map(({ name }) => name)
  assert.deepEqual(names(10, null), ['checkout', 'dev', 'locked', 'open'])
  assert.deepEqual(names(2, 'checkout'), ['dev', 'locked'])
  assert.deepEqual(
    profiles.list('other', 10, null).map(({ name }) => name),
    ['dev', 'locked', 'open'],
  )
})

test('what is left out is empty, and locks as `locked` does', (context) => {
  const { profiles, save } = makeProfiles(context)
  save('bare', {})
  const { name, origin, ...bare } = profiles.get(project, 'bare')
  const { name: locked, origin: builtIn, description, ...rest } = profiles.get(project, 'locked')
  assert.deepEqual([name, origin, locked, builtIn], ['bare', 'own', 'locked', 'built-in'])
  assert.deepEqual(bare, { ...rest, description: '' })
  assert.notEqual(description, '')
})

test('a saved profile takes the place of the one before, and a deleted one is gone', (context) => {
  const { profiles, save } = makeProfiles(context)
  save('checkout')
  save('checkout', { ttlSeconds: 60 })
  assert.deepEqual([profiles.get(project, 'checkout').secrets, profiles.get(project, 'checkout').ttlSeconds], [{}, 60])
  assert.throws(() => profiles.delete('other', 'checkout'), { code: 'profile_not_found' })
  profiles.delete(project, 'checkout')
  assert.throws(() => profiles.get(project, 'checkout'), { code: 'profile_not_found' })
  assert.throws(() => profiles.delete(project, 'checkout'), { code: 'profile_not_found' })
})

test('what is built in is neither replaced nor deleted', (context) => {
  const { profiles } = makeProfiles(context)
  for (const name of ['dev', 'locked', 'open']) {
    assert.throws(() => profiles.prepare(project, name, {}), { code: 'profile_built_in' })
    assert.throws(() => profiles.delete(project, name), { code: 'profile_built_in' })
  }
})

test('SEC-02: a row that came to the name of a built-in profile widens nothing', (context) => {
  const { profiles, storage } = makeProfiles(context)
  storage.profiles.save({ project, profile: sampleProfile('locked') })
  assert.deepEqual(profiles.get(project, 'locked').network, { allow: [], deny: [] })
  assert.deepEqual(
    profiles.list(project, 10, null).map(({ name, origin }) => [name, origin]),
    [
      ['dev', 'built-in'],
      ['locked', 'built-in'],
      ['open', 'built-in'],
    ],
  )
})

const refused: readonly (readonly [string, ProfileParts, ProblemCode])[] = [
  ['a secret that is not there', { secrets: { KEY: 'none' } }, 'secret_not_found'],
  ['rules for a variable that has no secret', { rules: definition.rules! }, 'request_invalid'],
  ['a host that it denies itself', { network: { allow: ['a.example'], deny: ['*.example'] } }, 'scope_invalid'],
  ['a host that cannot be read', { network: { allow: ['[nonsense'] } }, 'scope_invalid'],
  ['a denial that cannot be read', { network: { deny: ['*.*.bad'] } }, 'scope_invalid'],
  ['a path in a network rule', { network: { allow: ['a.example/path'] } }, 'scope_invalid'],
  ['a port in a denial', { network: { deny: ['a.example:8443'] } }, 'scope_invalid'],
  ['a database without a secret', { network: { allow: ['postgres://db.example'] } }, 'scope_invalid'],
  [
    'a secret for hosts that it denies',
    { secrets: { KEY: 'api' }, network: { deny: ['*.example.com'] } },
    'secret_unreachable',
  ],
]
for (const [what, made, code] of refused) {
  test(`AC-8.5: a profile with ${what} is refused before it is saved`, (context) => {
    const { profiles } = makeProfiles(context)
    assert.throws(() => profiles.prepare(project, 'checkout', made), { code })
    assert.throws(() => profiles.get(project, 'checkout'), { code: 'profile_not_found' })
  })
}

test('a profile names secrets of its own project only', (context) => {
  const { profiles } = makeProfiles(context)
  assert.throws(() => profiles.prepare('other', 'checkout', definition), { code: 'secret_not_found' })
})

test('there is a limit to own profiles, which replacing one does not reach', (context) => {
  const { profiles, storage } = makeProfiles(context)
  for (let index = 0; index < 200; index += 1)
    storage.profiles.save({ project, profile: sampleProfile(`own-${index}`) })
  assert.throws(() => profiles.prepare(project, 'checkout', {}), { code: 'profile_limit' })
  assert.equal(profiles.prepare(project, 'own-7', {}).name, 'own-7')
  assert.equal(profiles.prepare('other', 'checkout', {}).name, 'checkout')
})
