import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

/** Three sandboxes: two of a team, one of another, with a grant each, and one on another secret. */
async function makeCrowd(context: Parameters<typeof makeRoom>[0]) {
  const room = makeRoom(context)
  room.store('other')
  const { sandboxes } = room
  const one = await sandboxes.create(project, { secrets: { KEY: 'api' }, labels: { team: 'a' } })
  const two = await sandboxes.create(project, { secrets: { KEY: 'api', SPARE: 'other' }, labels: { team: 'a' } })
  const three = await sandboxes.create(project, { secrets: { KEY: 'other' }, labels: { team: 'b' } })
  const status = () => [one, two, three].map(({ id }) => sandboxes.get(project, id).status)
  const envs = () =>
    [one, two, three].map(({ id }) =>
      sandboxes
        .get(project, id)
        .grants.map(({ env }) => env)
        .join(' '),
    )
  return { ...room, one, two, three, status, envs }
}

test('N14: everything ends', async (context) => {
  const { lockdown, status, closed, entries } = await makeCrowd(context)
  assert.deepEqual(await lockdown.execute(project, { all: true }), { sandboxes: 3, grants: 4 })
  assert.deepEqual(status(), ['ended', 'ended', 'ended'])
  assert.equal(closed.length, 3)
  assert.deepEqual(await lockdown.execute(project, { all: true }), { sandboxes: 0, grants: 0 })
  const told = entries.filter(({ kind }) => kind === 'lockdown.executed').map(({ subject, note }) => [subject, note])
  assert.deepEqual(told, [
    ['all', 'sandboxes: 3, grants: 4'],
    ['all', 'sandboxes: 0, grants: 0'],
  ])
  assert.equal(entries.filter(({ kind, note }) => kind === 'sandbox.ended' && note === 'lockdown').length, 3)
})

test('N14: everything with a label ends, and the rest goes on', async (context) => {
  const { lockdown, status } = await makeCrowd(context)
  assert.deepEqual(await lockdown.execute(project, { label: 'team=a' }), { sandboxes: 2, grants: 3 })
  assert.deepEqual(status(), ['ended', 'ended', 'active'])
  for (const label of ['team=', 'team=A', 'tea=m=a', 'toString=b', '__proto__=a']) {
    assert.deepEqual(await lockdown.execute(project, { label }), { sandboxes: 0, grants: 0 })
  }
})

test('N14: one sandbox ends, or every grant of a secret', async (context) => {
  const { lockdown, status, envs, two, endedGrants } = await makeCrowd(context)
  assert.deepEqual(await lockdown.execute(project, { secret: 'api' }), { sandboxes: 0, grants: 2 })
  assert.deepEqual(
    [status(), envs()],
    [
      ['active', 'active', 'active'],
      ['', 'SPARE', 'KEY'],
    ],
  )
  assert.equal(endedGrants.length, 2)
  assert.deepEqual(await lockdown.execute(project, { sandbox: two.id }), { sandboxes: 1, grants: 1 })
  assert.deepEqual(status(), ['active', 'ended', 'active'])
})

test('what is unknown, or another project’s, is said, and nothing ends', async (context) => {
  const { lockdown, status, one } = await makeCrowd(context)
  await assert.rejects(lockdown.execute(project, { sandbox: 'sbx_none' }), { code: 'sandbox_not_found' })
  await assert.rejects(lockdown.execute('other', { sandbox: one.id }), { code: 'sandbox_not_found' })
  await assert.rejects(lockdown.execute(project, { secret: 'nobody' }), { code: 'secret_not_found' })
  await assert.rejects(lockdown.execute(project, {}), { code: 'request_invalid' })
  assert.deepEqual(await lockdown.execute('other', { all: true }), { sandboxes: 0, grants: 0 })
  assert.deepEqual(status(), ['active', 'active', 'active'])
})

test('with the vault locked, what is live here ends all the same, and whoever asked is told', async (context) => {
  const { lockdown, keyRing, closed, status } = await makeCrowd(context)
  keyRing.lock()
  await assert.rejects(lockdown.execute(project, { all: true }), { code: 'vault_locked' })
  assert.equal(closed.length, 3)
  keyRing.unlock()
  assert.deepEqual(await lockdown.execute(project, { all: true }), { sandboxes: 3, grants: 4 })
  assert.deepEqual(status(), ['ended', 'ended', 'ended'])
})

test('a lockdown that cannot be recorded stands, and says so', async (context) => {
  const { lockdown, append, closed, status } = await makeCrowd(context)
  append.mock.mockImplementation(async () => Promise.reject(new CoatcheckError('audit_unavailable')))
  await assert.rejects(lockdown.execute(project, { all: true }), (error) => {
    assert.ok(error instanceof CoatcheckError)
    assert.deepEqual([error.code, error.facts['change']], ['audit_unavailable', 'it ended all the same'])
    return true
  })
  assert.deepEqual([closed.length, status()], [3, ['ended', 'ended', 'ended']])
})
