import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

const launch = { isolation: 'process', uid: 1000, gid: 1000 } as const
const launched = async () => ({
  ca: 'PEM',
  gateway: { pid: 77, resolverAddress: '10.0.0.1', ports: [80, 443] },
  closed: new Promise<void>(() => {}),
})

test('R-48: a change touches what it names, and an invalid one nothing at all', async (context) => {
  const { sandboxes, compared, kinds } = makeRoom(context)
  const created = await sandboxes.create(project, {
    profile: 'dev',
    network: { allow: ['one.example'], deny: ['evil.example'] },
    labels: { team: 'a' },
  })
  const { id } = created
  const renamed = await sandboxes.update(project, id, { name: 'other' })
  assert.deepEqual(
    [renamed.name, renamed.allow, renamed.deny, renamed.labels],
    ['other', created.allow, ['evil.example'], { team: 'a' }],
  )
  for (const network of [{ allow: ['*.*.bad'] }, { deny: ['[nonsense'] }, { allow: ['two.example', ''] }]) {
    await assert.rejects(sandboxes.update(project, id, { name: 'third', labels: {}, network }), CoatcheckError)
  }
  assert.deepEqual(sandboxes.get(project, id), renamed)
  const changed = await sandboxes.update(project, id, { network: { allow: ['two.example'] } })
  const hosts = changed.allow.map(({ to }) => to)
  assert.deepEqual(
    [hosts.includes('two.example'), hosts.includes('one.example'), hosts.includes('pypi.org')],
    [true, false, true],
  )
  assert.deepEqual(changed.deny, ['evil.example'])
  assert.deepEqual(compared, [id, id])
  assert.deepEqual(kinds(), ['sandbox.created', 'sandbox.changed', 'sandbox.changed'])
})

test('a change that cannot be recorded does not stand', async (context) => {
  const { sandboxes, append } = makeRoom(context)
  const { id } = await sandboxes.create(project, { network: { deny: ['evil.example'] } })
  const before = sandboxes.get(project, id)
  append.mock.mockImplementation(async () => Promise.reject(new CoatcheckError('audit_unavailable')))
  await assert.rejects(sandboxes.update(project, id, { network: { deny: [] } }), { code: 'audit_unavailable' })
  await assert.rejects(sandboxes.renew(project, id, 60), { code: 'audit_unavailable' })
  assert.deepEqual(sandboxes.get(project, id), before)
})

test('a network rule on a port that the gateway does not listen on is refused', async (context) => {
  const { sandboxes } = makeRoom(context, { open: launched })
  const { id } = await sandboxes.create(project, { launch })
  const far = { network: { allow: ['https://far.example:9443'] } }
  await assert.rejects(sandboxes.update(project, id, far), { code: 'port_unreachable' })
  const elsewhere = await sandboxes.create(project, {})
  assert.ok((await sandboxes.update(project, elsewhere.id, far)).allow.some(({ to }) => to.includes('9443')))
})

test('a renewed sandbox lives on with its grants, but for those with a time of their own', async (context) => {
  const { sandboxes, grants, kinds } = makeRoom(context)
  const { id, token } = await sandboxes.create(project, { secrets: { KEY: 'api' }, ttlSeconds: 60 })
  await grants.attach(project, id, 'BRIEF', { secret: 'api', ttlSeconds: 30 })
  const brief = sandboxes.get(project, id).grants.find(({ env }) => env === 'BRIEF')!.expiresAt
  const renewed = await sandboxes.renew(project, id, 3600)
  assert.ok(Date.parse(renewed.expiresAt) > Date.now() + 3_590_000)
  const expiries = Object.fromEntries(renewed.grants.map(({ env, expiresAt }) => [env, expiresAt]))
  assert.deepEqual(expiries, { KEY: renewed.expiresAt, BRIEF: brief })
  assert.ok(!JSON.stringify(renewed).includes(token))
  assert.deepEqual(kinds(), ['sandbox.created', 'grant.created', 'sandbox.renewed'])
  await sandboxes.end(project, id, 'test')
  await assert.rejects(sandboxes.renew(project, id, 60), { code: 'sandbox_ended' })
  await assert.rejects(sandboxes.update(project, id, { name: 'x' }), { code: 'sandbox_ended' })
})

test('a process that has not seen its secrets yet renews a sandbox', async (context) => {
  const folder = createInstallation(context)
  const first = makeRoom(context, { folder })
  const { id } = await first.sandboxes.create(project, { secrets: { KEY: 'api' }, ttlSeconds: 60 })
  const second = makeRoom(context, { folder })
  const { grants, expiresAt } = await second.sandboxes.renew(project, id, 3600)
  assert.deepEqual(
    grants.map((grant) => grant.expiresAt),
    [expiresAt],
  )
})

test('S7: what would expire before it begins, because its secret is to be rotated, is refused', async (context) => {
  let offsetMs = 0
  const clock = { now: () => new Date(Date.now() + offsetMs), monotonicMs: () => performance.now() }
  const { sandboxes, store } = makeRoom(context, { clock, open: launched })
  store('due', 'api.example.com', 1)
  const { grants } = await sandboxes.create(project, { secrets: { KEY: 'due' }, ttlSeconds: 7 * 86_400 })
  assert.ok(Date.parse(grants[0]!.expiresAt!) < Date.now() + 86_400_000 + 1)
  offsetMs = 2 * 86_400_000
  await assert.rejects(sandboxes.create(project, { secrets: { KEY: 'due' } }), { code: 'rotation_due' })
  const fenced = await sandboxes.create(project, { secrets: { KEY: 'due' }, launch })
  assert.equal(fenced.grants[0]!.expiresAt, fenced.expiresAt)
})

test('R-126: who joins again gets the same placeholders, and no token', async (context) => {
  const { sandboxes } = makeRoom(context, { open: launched })
  const created = await sandboxes.create(project, { secrets: { KEY: 'api' }, launch })
  const again = await sandboxes.connect(project, created.id)
  assert.deepEqual(again.env, created.connect.env)
  assert.deepEqual([again.ca, again.gateway?.pid, again.gateway?.resolverAddress], ['PEM', 77, '10.0.0.1'])
  if (process.getuid?.() === 0) assert.deepEqual(again.gateway?.runAs, { uid: 1000, gid: 1000 })
  assert.ok(created.connect.proxyUrl?.includes(created.token))
  assert.ok(!JSON.stringify(again).includes(created.token))
  await sandboxes.end(project, created.id, 'test')
  await assert.rejects(sandboxes.connect(project, created.id), { code: 'sandbox_ended' })
})

test('R-90: when the way out opens, rules and grants are there, and nothing is left when it does not', async (context) => {
  const seen: (readonly [number, number])[] = []
  const { sandboxes, storage } = makeRoom(context, {
    open: async () => {
      const [sandbox] = storage.sandboxes.list(project, 1, null)
      seen.push([sandbox!.deny.length, storage.sandboxes.grantsOf(sandbox!.id).length])
      throw new CoatcheckError('launch_impossible')
    },
  })
  const input = { secrets: { ONE: 'api', TWO: 'api' }, network: { deny: ['evil.example'] }, launch }
  await assert.rejects(sandboxes.create(project, input), { code: 'launch_impossible' })
  assert.deepEqual(seen, [[1, 2]])
  assert.deepEqual(storage.sandboxes.listGrants({ project, now: '', limit: 10, cursor: null }), [])
})

test('a launched sandbox whose lease nobody takes ends; one that is held, or detached, goes on', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { sandboxes, entries } = makeRoom(context, { open: launched, leaseGraceSeconds: 60 })
  const lonely = await sandboxes.create(project, { launch })
  const held = await sandboxes.create(project, { launch })
  const detached = await sandboxes.create(project, { launch: { ...launch, detached: true } })
  const elsewhere = await sandboxes.create(project, {})
  sandboxes.leaseTaken(held.id)
  context.mock.timers.tick(61_000)
  await sandboxes.ended(lonely.id)
  // Its end is recorded right after.
  await new Promise((resolve) => setImmediate(resolve))
  const status = ({ id }: { readonly id: string }) => sandboxes.get(project, id).status
  assert.deepEqual([lonely, held, detached, elsewhere].map(status), ['ended', 'active', 'active', 'active'])
  assert.deepEqual(
    entries.filter(({ kind }) => kind === 'sandbox.ended').map(({ note }) => note),
    ['nobody took its lease'],
  )
})
