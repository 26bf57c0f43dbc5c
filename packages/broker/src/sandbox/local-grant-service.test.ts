import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { CoatcheckError, type GrantAttach } from '@coatcheck/contract'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

const launched = async () => ({
  ca: 'PEM',
  gateway: { pid: 1, resolverAddress: '10.0.0.1', ports: [80, 443, 8443] },
  closed: new Promise<void>(() => {}),
})
const launch = { isolation: 'process', uid: 1000, gid: 1000, detached: true } as const
const githubToken = `ghp_${'a1B2'.repeat(9)}`

test('S3: a secret that is attached to a living sandbox has a placeholder of its own, and detached it is over', async (context) => {
  const { sandboxes, grants, storage, keyRing, endedGrants, entries } = makeRoom(context)
  const { id } = await sandboxes.create(project, {})
  const { grant, placeholder } = await grants.attach(project, id, 'KEY', { secret: 'api' })
  assert.deepEqual([grant.env, grant.secret, grant.to], ['KEY', 'api', ['api.example.com']])
  assert.equal((await sandboxes.connect(project, id)).env['KEY'], placeholder)
  const row = storage.sandboxes.findGrantByPlaceholder(keyRing.indexPlaceholder(placeholder))
  assert.deepEqual([row?.id, row?.endedAt], [grant.id, null])

  await grants.detach(project, id, 'KEY', 'test')
  assert.deepEqual(endedGrants, [grant.id])
  assert.notEqual(storage.sandboxes.findGrant(grant.id)?.endedAt, null)
  assert.deepEqual([(await sandboxes.connect(project, id)).env, sandboxes.get(project, id).grants], [{}, []])
  await assert.rejects(grants.detach(project, id, 'KEY', 'test'), { code: 'grant_not_found' })
  const again = await grants.attach(project, id, 'KEY', { secret: 'api' })
  assert.notEqual(again.placeholder, placeholder)
  assert.deepEqual(
    entries.slice(1).map(({ kind, subject, secrets, note }) => [kind, subject, secrets, note]),
    [
      ['grant.created', 'KEY', ['api'], undefined],
      ['grant.ended', 'KEY', ['api'], 'test'],
      ['grant.created', 'KEY', ['api'], undefined],
    ],
  )
})

test('an attached secret takes the variable of the one before, whose placeholder is dead', async (context) => {
  const { sandboxes, grants, storage, endedGrants, store } = makeRoom(context)
  store('other')
  const created = await sandboxes.create(project, { secrets: { KEY: 'api', SECOND: 'api' } })
  const before = created.grants.find(({ env }) => env === 'KEY')!
  const { grant } = await grants.attach(project, created.id, 'KEY', { secret: 'other' })
  assert.deepEqual(endedGrants, [before.id])
  const living = storage.sandboxes.grantsOf(created.id).filter(({ endedAt }) => endedAt === null)
  assert.deepEqual(living.map(({ env }) => env).toSorted(), ['KEY', 'SECOND'])
  assert.ok(living.some(({ id }) => id === grant.id))
})

test('S5: a value that is attached finds its provider, lives in memory, and is dropped with its grant', async (context) => {
  const { sandboxes, grants, ephemeral, storage } = makeRoom(context)
  const { id } = await sandboxes.create(project, {})
  const { grant } = await grants.attach(project, id, 'GITHUB_TOKEN', { value: githubToken })
  assert.deepEqual([grant.secret, grant.to.includes('api.github.com')], [null, true])
  const { secretId } = storage.sandboxes.findGrant(grant.id)!
  assert.ok(ephemeral.find(secretId))
  await grants.end(project, grant.id, 'test')
  assert.equal(ephemeral.find(secretId), undefined)
  await assert.rejects(grants.end(project, grant.id, 'test'), { code: 'grant_not_found' })
})

const refusals: readonly (readonly [string, string, GrantAttach, string])[] = [
  ['an unknown secret', 'KEY', { secret: 'nobody' }, 'secret_not_found'],
  ['a value for a variable of no provider', 'MY_OWN', { value: githubToken }, 'provider_unknown'],
  ['neither secret nor value', 'KEY', {}, 'request_invalid'],
  ['both', 'GITHUB_TOKEN', { secret: 'api', value: githubToken }, 'request_invalid'],
  ['a variable that is no name', 'A=B', { secret: 'api' }, 'request_invalid'],
  ['a variable that is an object’s own', '__proto__', { secret: 'api' }, 'request_invalid'],
]

for (const [what, env, input, code] of refusals) {
  test(`attaching is refused, and nothing is left behind: ${what}`, async (context) => {
    const { sandboxes, grants, kinds, ephemeral } = makeRoom(context)
    const put = mock.method(ephemeral, 'put')
    const { id } = await sandboxes.create(project, {})
    await assert.rejects(grants.attach(project, id, env, input), { code })
    assert.deepEqual([sandboxes.get(project, id).grants, kinds()], [[], ['sandbox.created']])
    for (const { arguments: args } of put.mock.calls) assert.equal(ephemeral.find(args[0].id), undefined)
  })
}

test('nothing is attached to a sandbox that is over, elsewhere, or another project’s', async (context) => {
  const { sandboxes, grants, storage } = makeRoom(context)
  const { id } = await sandboxes.create(project, { secrets: { KEY: 'api' } })
  await assert.rejects(grants.attach('other', id, 'KEY', { secret: 'api' }), { code: 'sandbox_not_found' })
  await assert.rejects(grants.detach('other', id, 'KEY', 'test'), { code: 'sandbox_not_found' })
  const [grant] = storage.sandboxes.grantsOf(id)
  await assert.rejects(grants.end('other', grant!.id, 'test'), { code: 'grant_not_found' })
  await sandboxes.end(project, id, 'test')
  await assert.rejects(grants.attach(project, id, 'KEY', { secret: 'api' }), { code: 'sandbox_ended' })
  await assert.rejects(grants.attach(project, 'sbx_none', 'KEY', { secret: 'api' }), { code: 'sandbox_not_found' })
})

test('a scope on a port that the gateway does not listen on is refused rather than attached in vain', async (context) => {
  const { sandboxes, grants, store, kinds } = makeRoom(context, { open: launched })
  store('alternative', 'https://api.example.com:8443')
  store('far', 'https://api.example.com:9443')
  const { id } = await sandboxes.create(project, { launch })
  await grants.attach(project, id, 'ONE', { secret: 'alternative' })
  await assert.rejects(grants.attach(project, id, 'TWO', { secret: 'far' }), (error) => {
    assert.ok(error instanceof CoatcheckError)
    assert.deepEqual(
      [error.code, error.facts['port'], error.facts['listening']],
      ['port_unreachable', 9443, '80 443 8443'],
    )
    return true
  })
  assert.deepEqual(kinds(), ['sandbox.created', 'grant.created'])
})

test('a sandbox that another process launched takes stored secrets, but no value', async (context) => {
  const { sandboxes, grants, storage, store } = makeRoom(context)
  store('far', 'https://api.example.com:8443')
  const { id } = await sandboxes.create(project, {})
  const row = storage.sandboxes.find(id)!
  storage.sandboxes.create({ ...row, id: 'sbx_neighbour', fence: 'kernel' }, [])
  await grants.attach(project, 'sbx_neighbour', 'KEY', { secret: 'api' })
  const value = grants.attach(project, 'sbx_neighbour', 'GITHUB_TOKEN', { value: githubToken })
  await assert.rejects(value, { code: 'sandbox_held_elsewhere' })
  await assert.rejects(grants.attach(project, 'sbx_neighbour', 'FAR', { secret: 'far' }), { code: 'port_unreachable' })
  await assert.rejects(sandboxes.connect(project, 'sbx_neighbour'), { code: 'sandbox_held_elsewhere' })
})

test('an attachment that cannot be recorded does not come into being', async (context) => {
  const { sandboxes, grants, append, ephemeral } = makeRoom(context)
  const put = mock.method(ephemeral, 'put')
  const { id } = await sandboxes.create(project, {})
  append.mock.mockImplementation(async () => Promise.reject(new CoatcheckError('audit_unavailable')))
  const attached = grants.attach(project, id, 'GITHUB_TOKEN', { value: githubToken })
  await assert.rejects(attached, { code: 'audit_unavailable' })
  assert.deepEqual(sandboxes.get(project, id).grants, [])
  assert.equal(ephemeral.find(put.mock.calls[0]!.arguments[0].id), undefined)
})

test('an ending that cannot be recorded stands, and says so', async (context) => {
  const { sandboxes, grants, append, endedGrants, storage } = makeRoom(context)
  const { id, grants: given } = await sandboxes.create(project, { secrets: { KEY: 'api' } })
  append.mock.mockImplementation(async () => Promise.reject(new CoatcheckError('audit_unavailable')))
  await assert.rejects(grants.detach(project, id, 'KEY', 'test'), (error) => {
    assert.ok(error instanceof CoatcheckError)
    assert.deepEqual([error.code, error.facts['change']], ['audit_unavailable', 'it ended all the same'])
    return true
  })
  assert.deepEqual(endedGrants, [given[0]!.id])
  assert.notEqual(storage.sandboxes.findGrant(given[0]!.id)?.endedAt, null)
  await assert.rejects(sandboxes.end(project, id, 'test'), { code: 'audit_unavailable' })
  assert.equal(sandboxes.get(project, id).status, 'ended')
})

test('G5: a grant with a time of its own ends what is live of it when that is over, and its row says why', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let offsetMs = 0
  const clock = { now: () => new Date(Date.now() + offsetMs), monotonicMs: () => performance.now() }
  const { sandboxes, grants, storage, endedGrants, kinds } = makeRoom(context, { clock })
  const { id } = await sandboxes.create(project, {})
  const { grant } = await grants.attach(project, id, 'KEY', { secret: 'api', ttlSeconds: 30 })
  assert.ok(Date.parse(grant.expiresAt!) <= Date.now() + 30_000)
  context.mock.timers.tick(29_000)
  assert.deepEqual(endedGrants, [])
  offsetMs = 31_000
  context.mock.timers.tick(2_000)
  assert.deepEqual(endedGrants, [grant.id])
  assert.equal(storage.sandboxes.findGrant(grant.id)?.endedAt, null)
  assert.deepEqual((await sandboxes.connect(project, id)).env, {})
  assert.deepEqual(grants.list(project, { limit: 10, cursor: null }), [])
  assert.deepEqual(kinds(), ['sandbox.created', 'grant.created', 'grant.ended'])
})

test('grants are listed by secret and sandbox, and a secret knows the sandboxes that hold it', async (context) => {
  const { sandboxes, grants, store } = makeRoom(context)
  store('other')
  const one = await sandboxes.create(project, { secrets: { A: 'api', B: 'api', C: 'other' } })
  const two = await sandboxes.create(project, { secrets: { A: 'api' } })
  const list = (selection = {}) => grants.list(project, { limit: 10, cursor: null, ...selection })
  assert.equal(list().length, 4)
  assert.deepEqual(
    list({ secret: 'other' }).map(({ env, sandbox }) => [env, sandbox]),
    [['C', one.id]],
  )
  assert.equal(list({ sandbox: two.id }).length, 1)
  assert.throws(() => list({ secret: 'nobody' }), { code: 'secret_not_found' })
  const holders = grants.holdersOf(project, 'api', 10, null)
  assert.deepEqual(holders.map(({ sandbox }) => sandbox).toSorted(), [one.id, two.id].toSorted())
  const [first] = grants.holdersOf(project, 'api', 1, null)
  const [second] = grants.holdersOf(project, 'api', 1, first!.grant)
  assert.deepEqual([first, second], holders)
  assert.deepEqual(grants.holdersOf(project, 'api', 1, second!.grant), [])
})
