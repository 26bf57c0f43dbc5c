import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

test('a constrained authority speaks for the hosts of its secrets, each once (AC-1.5)', async (context) => {
  const { sandboxes, store, storage } = makeRoom(context)
  store('wild', '*.wild.example.org')
  store('below', 'https://one.wild.example.org:8443/v1')
  const secrets = { ONE: 'api', TWO: 'wild', THREE: 'below' }
  const created = await sandboxes.create(project, { secrets, constrainCa: true })
  const names = ['api.example.com', 'wild.example.org']
  assert.deepEqual(created.caNames, names)
  assert.deepEqual(storage.sandboxes.find(created.id)?.caNames, names)
  assert.deepEqual(sandboxes.get(project, created.id).caNames, names)
})

test('a sandbox that did not ask for it has no names, and takes every secret', async (context) => {
  const { sandboxes, grants, store } = makeRoom(context)
  store('other', 'other.example.com')
  const created = await sandboxes.create(project, { secrets: { ONE: 'api' }, constrainCa: false })
  assert.ok(!('caNames' in created))
  await grants.attach(project, created.id, 'TWO', { secret: 'other' })
})

test('a secret for a host beyond the names is not attached, one for a host of the names is (AC-1.5)', async (context) => {
  const { sandboxes, grants, store } = makeRoom(context)
  store('other', 'other.example.com')
  store('above', '*.example.com')
  store('expression', '~^api[.]example[.]com$')
  store('same', 'https://api.example.com:8443')
  const { id } = await sandboxes.create(project, { secrets: { ONE: 'api' }, constrainCa: true })
  for (const secret of ['other', 'above', 'expression']) {
    await assert.rejects(grants.attach(project, id, 'TWO', { secret }), { code: 'authority_constrained' })
  }
  await grants.attach(project, id, 'TWO', { secret: 'same' })
  assert.deepEqual(
    sandboxes.get(project, id).grants.map(({ env }) => env),
    ['ONE', 'TWO'],
  )
})

test('what no certificate can be held to is refused, with nothing left behind (AC-1.5)', async (context) => {
  const { sandboxes, store } = makeRoom(context)
  store('expression', '~^api[.]example[.]com$')
  for (const [input, code] of [
    [{ secrets: { ONE: 'expression' } }, 'authority_constrained'],
    [{}, 'request_invalid'],
    [{ secrets: { ONE: 'api' }, launch: { isolation: 'process', uid: 1000, gid: 1000 } }, 'request_invalid'],
  ] as const) {
    await assert.rejects(sandboxes.create(project, { ...input, constrainCa: true }), { code })
  }
  assert.deepEqual(sandboxes.list(project, 10, null), [])
})
