import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

/** Two processes on one database. */
function makeNeighbours(context: TestContext) {
  const folder = createInstallation(context)
  const first = makeRoom(context, { folder })
  return { first, second: makeRoom(context, { folder }) }
}

test('N2: what another process ends or detaches ends here as well', async (context) => {
  const { first, second } = makeNeighbours(context)
  const one = await first.sandboxes.create(project, { secrets: { KEY: 'api', SPARE: 'api' } })
  const two = await first.sandboxes.create(project, {})
  first.housekeeping.compare()
  const spare = one.grants.find(({ env }) => env === 'SPARE')!
  await second.grants.detach(project, one.id, 'SPARE', 'test')
  await second.lockdown.execute(project, { sandbox: two.id })
  assert.deepEqual([first.endedGrants, first.closed], [[], []])
  const ended = first.sandboxes.ended(two.id)
  first.housekeeping.compare()
  await ended
  assert.deepEqual([first.endedGrants, first.closed], [[spare.id], [two.id]])
  assert.deepEqual(
    first.kinds().filter((kind) => kind === 'sandbox.ended'),
    [],
    'it is recorded once, by whoever did it',
  )
})

test('what another process attaches, changes or renews counts here', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { first, second } = makeNeighbours(context)
  const { id } = await first.sandboxes.create(project, { ttlSeconds: 3600 })
  first.housekeeping.compare()
  await second.grants.attach(project, id, 'KEY', { secret: 'api' })
  await second.sandboxes.renew(project, id, 60)
  first.housekeeping.compare()
  assert.ok(first.compared.includes(id))
  context.mock.timers.tick(59_000)
  assert.equal(first.sandboxes.get(project, id).status, 'active')
  context.mock.timers.tick(2_000)
  await first.sandboxes.ended(id)
  assert.equal(first.sandboxes.get(project, id).status, 'ended')
})

test('S7: a registered sandbox outlives its broker with what is stored, and without what was in memory (R-126)', async (context) => {
  const folder = createInstallation(context)
  const first = makeRoom(context, { folder })
  const secrets = { KEY: 'api' }
  const credentials = { GITHUB_TOKEN: `ghp_${'a1B2'.repeat(9)}` }
  const created = await first.sandboxes.create(project, { secrets, credentials })
  await first.sandboxes.endAll('the broker stops')
  assert.deepEqual(first.closed, [created.id])
  const second = makeRoom(context, { folder })
  await second.housekeeping.settle(project)
  const row = second.storage.sandboxes.find(created.id)!
  assert.equal(row.endedAt, null)
  const kinds = first.kinds()
  assert.ok(!kinds.includes('sandbox.ended') && kinds.includes('grant.ended'))
})

test('what expired while nobody was there ends at the start, and is recorded', async (context) => {
  const { sandboxes, housekeeping, storage, entries } = makeRoom(context)
  const { id } = await sandboxes.create(project, {})
  const row = storage.sandboxes.find(id)!
  storage.sandboxes.create({ ...row, id: 'sbx_over', expiresAt: '2020-01-01T00:00:00.000Z' }, [])
  await housekeeping.settle(project)
  assert.equal(sandboxes.get(project, 'sbx_over').status, 'ended')
  assert.deepEqual(
    entries.filter(({ kind }) => kind === 'sandbox.ended').map(({ sandbox, note }) => [sandbox, note]),
    [['sbx_over', 'expired']],
  )
})

test('rows that ended more than a week ago are removed, however many, and younger ones stay', async (context) => {
  const { sandboxes, housekeeping, storage } = makeRoom(context)
  const { id } = await sandboxes.create(project, { secrets: { KEY: 'api' } })
  const row = storage.sandboxes.find(id)!
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const count = 101
  for (let index = 0; index < count; index += 1) {
    const old = { ...row, id: `sbx_old${index}`, createdAt: daysAgo(9), endedAt: daysAgo(8) }
    storage.sandboxes.create(old, [])
  }
  storage.sandboxes.create({ ...row, id: 'sbx_young', createdAt: daysAgo(9), endedAt: daysAgo(6) }, [])
  await housekeeping.prune()
  assert.deepEqual(
    sandboxes.list(project, 1000, null).map((sandbox) => sandbox.id),
    [id, 'sbx_young'],
  )
  assert.equal(storage.sandboxes.grantsOf(id).length, 1)
})
