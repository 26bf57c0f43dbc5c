import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileParts } from '@coatcheck/contract'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

const rules = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] } as const
const definition: ProfileParts = {
  network: { allow: ['pypi.org'], deny: ['evil.example'] },
  secrets: { KEY: 'api' },
  rules: { KEY: rules },
  ttlSeconds: 600,
}

type Room = ReturnType<typeof makeRoom>
const save = ({ profiles }: Room, made: ProfileParts, name = 'checkout') =>
  profiles.save(project, profiles.prepare(project, name, made))
const hosts = (allow: readonly { readonly to: string }[]) => allow.map(({ to }) => to)

test('W7: a sandbox of an own profile has its hosts, denials, secrets, rules and time', async (context) => {
  const room = makeRoom(context)
  save(room, definition)
  const made = await room.sandboxes.create(project, { profile: 'checkout' })
  assert.deepEqual([made.profile, hosts(made.allow), made.deny], ['checkout', ['pypi.org'], ['evil.example']])
  assert.deepEqual(Object.keys(made.connect.env), ['KEY'])
  const [grant] = room.storage.sandboxes.grantsOf(made.id)
  assert.deepEqual([grant?.env, grant?.secretId, grant?.rules], ['KEY', room.secret.id, rules])
  assert.equal(Date.parse(made.expiresAt) - Date.parse(made.createdAt), 600_000)
})

test('what a request says is added to what its profile says, and denials win', async (context) => {
  const room = makeRoom(context)
  room.store('second')
  save(room, definition)
  const network = { allow: ['two.example'], deny: ['three.example', 'evil.example'] }
  const made = await room.sandboxes.create(project, { profile: 'checkout', secrets: { TWO: 'second' }, network })
  assert.deepEqual(hosts(made.allow), ['pypi.org', 'two.example'])
  assert.deepEqual(made.deny, ['evil.example', 'three.example'])
  assert.deepEqual(Object.keys(made.connect.env).sort(), ['KEY', 'TWO'])
})

test('a request cannot allow what its profile denies, at its beginning or later', async (context) => {
  const room = makeRoom(context)
  save(room, definition)
  const asked = { profile: 'checkout', network: { allow: ['evil.example'] } }
  await assert.rejects(room.sandboxes.create(project, asked), { code: 'scope_invalid' })
  const { id } = await room.sandboxes.create(project, { profile: 'checkout' })
  const later = { network: { allow: ['evil.example'], deny: [] } }
  await assert.rejects(room.sandboxes.update(project, id, later), { code: 'scope_invalid' })
  const changed = await room.sandboxes.update(project, id, { network: { allow: [], deny: [] } })
  assert.deepEqual([hosts(changed.allow), changed.deny], [['pypi.org'], ['evil.example']])
})

test('a request cannot attach a secret for a host that its profile denies', async (context) => {
  const room = makeRoom(context)
  room.store('evil', 'evil.example')
  save(room, definition)
  const asked = { profile: 'checkout', secrets: { EVIL: 'evil' } }
  await assert.rejects(room.sandboxes.create(project, asked), { code: 'secret_unreachable' })
})

test('a profile that is changed or deleted changes no sandbox that exists, also in another process', async (context) => {
  const folder = createInstallation(context)
  const room = makeRoom(context, { folder })
  save(room, definition)
  const made = await room.sandboxes.create(project, { profile: 'checkout', network: { allow: ['two.example'] } })
  save(room, { network: { allow: ['*'], deny: ['pypi.org'] } })
  const kept = room.sandboxes.get(project, made.id)
  assert.deepEqual([kept.allow, kept.deny, kept.grants.length], [made.allow, made.deny, 1])
  room.profiles.delete(project, 'checkout')
  const later = makeRoom(context, { folder })
  const changed = await later.sandboxes.update(project, made.id, { network: { allow: ['three.example'] } })
  assert.deepEqual([hosts(changed.allow), changed.deny], [['pypi.org', 'three.example'], ['evil.example']])
  await assert.rejects(later.sandboxes.create(project, { profile: 'checkout' }), { code: 'profile_not_found' })
})

test('a profile whose secret was deleted since makes no sandbox', async (context) => {
  const room = makeRoom(context)
  room.store('brief')
  save(room, { secrets: { KEY: 'brief' } })
  room.vault.delete(project, 'brief')
  await assert.rejects(room.sandboxes.create(project, { profile: 'checkout' }), { code: 'secret_not_found' })
  assert.deepEqual(room.sandboxes.list(project, 10, null), [])
})

test('SEC-01: a profile that was changed by SQL makes no sandbox', async (context) => {
  const { DatabaseSync } = await import('node:sqlite')
  const folder = createInstallation(context)
  const room = makeRoom(context, { folder })
  save(room, definition)
  const database = new DatabaseSync(folder.databasePath, { enableForeignKeyConstraints: false })
  database.exec("UPDATE profiles SET definition = replace(definition, 'pypi.org', 'evil.test')")
  database.close()
  await assert.rejects(room.sandboxes.create(project, { profile: 'checkout' }), { code: 'row_tampered' })
  assert.throws(() => room.profiles.list(project, 10, null), { code: 'row_tampered' })
})

test('a sandbox that names no profile has nothing of one', async (context) => {
  const room = makeRoom(context)
  save(room, definition)
  const { id } = await room.sandboxes.create(project, {})
  assert.deepEqual(room.storage.sandboxes.find(id)?.fromProfile, { allow: [], deny: [] })
})
