import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { SandboxCreate } from '@coatcheck/contract'
import { CoatcheckError } from '@coatcheck/contract'
import { makeRoom, project } from '../storage/sqlite/sandbox-room.suite.ts'

test('a sandbox gets a placeholder for each variable, a token once, and nothing that is secret (S1, S2)', async (context) => {
  const { sandboxes: service } = makeRoom(context)
  const created = await service.create(project, { secrets: { ONE: 'api', TWO: 'api' } })
  assert.deepEqual(Object.keys(created.connect.env), ['ONE', 'TWO'])
  assert.notEqual(created.connect.env['ONE'], created.connect.env['TWO'])
  assert.ok(created.token.length >= 43)
  const shown = JSON.stringify(service.get(project, created.id))
  for (const hidden of [created.token, created.connect.env['ONE']!, 'a-value-of']) assert.ok(!shown.includes(hidden))
  await service.end(project, created.id, 'test')
})

test('a value given with the sandbox finds its provider, and dies with it', async (context) => {
  const { sandboxes: service, ephemeral, vault } = makeRoom(context)
  const value = 'sk-proj-0123456789abcdefghij0123456789'
  const { id, grants } = await service.create(project, { credentials: { OPENAI_API_KEY: value } })
  assert.deepEqual([grants[0]!.secret, grants[0]!.to.includes('api.openai.com')], [null, true])
  assert.equal(vault.list(project, 10, null).length, 1)
  const [grant] = [...service.list(project, 10, null)[0]!.grants]
  assert.ok(grant !== undefined)
  const dropped = mock.method(ephemeral, 'drop')
  await service.end(project, id, 'test')
  const values = dropped.mock.calls.flatMap(({ arguments: [ids] }) => [...ids])
  assert.equal(new Set(values).size, 1)
  assert.equal(ephemeral.find(values[0]!), undefined)
})

test('S8: a value whose use is said goes there alone, under a variable of any name', async (context) => {
  const { sandboxes: service } = makeRoom(context)
  const scopes = [{ to: 'npm.example.com/team', inject: { kind: 'bearer' } }]
  const { grants, connect } = await service.create(project, {
    credentials: { FILE_ONE: 'a'.repeat(20), FILE_TWO: `gho_${'a1'.repeat(18)}`, ...signing },
    credentialUses: {
      FILE_ONE: { scopes },
      FILE_TWO: { provider: 'github' },
      FILE_AWS_ACCESS_KEY_ID: { provider: 'aws' },
    },
  })
  const to = Object.fromEntries(grants.map((grant) => [grant.env, grant.to]))
  assert.deepEqual(to['FILE_ONE'], ['npm.example.com/team'])
  assert.ok(to['FILE_TWO']?.includes('api.github.com'))
  assert.match(connect.env['FILE_TWO'] ?? '', /^gho_coatcheck_/)
  assert.deepEqual(Object.keys(connect.env), ['FILE_ONE', 'FILE_TWO', ...Object.keys(signing)])
})

const signing = { FILE_AWS_ACCESS_KEY_ID: 'AKIAREALREALREALREAL', FILE_AWS_SECRET_ACCESS_KEY: 'r/'.repeat(20) }

const refusals: readonly (readonly [string, SandboxCreate, string])[] = [
  ['an unknown secret', { secrets: { KEY: 'nobody' } }, 'secret_not_found'],
  ['a variable of no provider', { credentials: { MY_OWN_THING: 'x'.repeat(20) } }, 'provider_unknown'],
  [
    'a use of no provider',
    { credentials: { ONE: 'x'.repeat(20) }, credentialUses: { ONE: { provider: 'nobody' } } },
    'provider_unknown',
  ],
  [
    'a use beside a base URL',
    {
      credentials: { OPENAI_API_KEY: 'x'.repeat(20) },
      baseUrls: { OPENAI_API_KEY: 'https://a.example' },
      credentialUses: { OPENAI_API_KEY: { provider: 'openai' } },
    },
    'request_invalid',
  ],
  ['an unknown profile', { profile: 'wide-open' }, 'profile_not_found'],
  ['a variable that is no name', { secrets: { 'A=B': 'api' } }, 'request_invalid'],
  [
    'a variable named twice',
    { secrets: { GITHUB_TOKEN: 'api' }, credentials: { GITHUB_TOKEN: 'x'.repeat(40) } },
    'request_invalid',
  ],
]

for (const [what, input, code] of refusals) {
  test(`refused, with nothing left behind: ${what}`, async (context) => {
    const { sandboxes: service } = makeRoom(context)
    await assert.rejects(service.create(project, input), { code })
    assert.deepEqual(service.list(project, 10, null), [])
  })
}

test('a variable that is named twice is not repeated', async (context) => {
  const { sandboxes: service } = makeRoom(context)
  const name = 'SK_LIVE_0123456789'
  const twice = { secrets: { [name]: 'api' }, credentials: { [name]: 'x'.repeat(40) } }
  await assert.rejects(service.create(project, twice), (error: Error & { facts?: unknown }) => {
    assert.ok(!`${error.message} ${JSON.stringify(error.facts)}`.includes(name))
    return true
  })
})

test('root is never a sandbox’s user', {
  skip: process.getuid?.() !== 0 && 'the broker runs as root',
}, async (context) => {
  const { sandboxes: service } = makeRoom(context)
  for (const launch of [{}, { uid: 0, gid: 0 }, { uid: 1000, gid: 0 }, { uid: 0, gid: 1000 }]) {
    const input: SandboxCreate = { launch: { isolation: 'process', ...launch } }
    await assert.rejects(service.create(project, input), { code: 'request_invalid' })
  }
})

test('a way out that does not open leaves no living sandbox', async (context) => {
  const fail = () => Promise.reject(new CoatcheckError('launch_impossible'))
  const { sandboxes: service, closed } = makeRoom(context, { open: fail })
  await assert.rejects(service.create(project, { secrets: { KEY: 'api' } }), { code: 'launch_impossible' })
  assert.deepEqual(
    service.list(project, 10, null).map(({ status }) => status),
    ['ended'],
  )
  assert.equal(closed.length, 1)
})

test('a sandbox whose gateway dies has ended, and is recorded so once', async (context) => {
  const gone = Promise.withResolvers<void>()
  const { sandboxes: service, entries } = makeRoom(context, { open: async () => ({ ca: 'PEM', closed: gone.promise }) })
  const { id } = await service.create(project, { secrets: { KEY: 'api' } })
  const ended = service.ended(id)
  gone.resolve()
  await ended
  assert.equal(service.get(project, id).status, 'ended')
  await service.end(project, id, 'again')
  assert.equal(entries.filter(({ kind }) => kind === 'sandbox.ended').length, 1)
})

test('deleting a secret ends its grants on every sandbox (S3)', async (context) => {
  const { sandboxes: service, grants, secret, endedGrants, storage } = makeRoom(context)
  const one = await service.create(project, { secrets: { KEY: 'api' } })
  const two = await service.create(project, { secrets: { KEY: 'api' } })
  await grants.endGrantsOf(secret.id, 'test')
  assert.equal(endedGrants.length, 2)
  for (const { id } of [one, two]) {
    assert.ok(storage.sandboxes.grantsOf(id).every(({ endedAt }) => endedAt !== null))
    await service.end(project, id, 'test')
  }
})

test('sandboxes end also while the vault is locked', async (context) => {
  const { sandboxes: service, keyRing, closed } = makeRoom(context)
  const { id } = await service.create(project, { secrets: { KEY: 'api' } })
  keyRing.lock()
  await service.endAll('the broker stops')
  assert.deepEqual(closed, [id])
  keyRing.unlock()
})

test('another project’s sandbox is not there', async (context) => {
  const { sandboxes: service } = makeRoom(context)
  const { id } = await service.create(project, {})
  assert.throws(() => service.get('other', id), { code: 'sandbox_not_found' })
  await assert.rejects(service.end('other', id, 'test'), { code: 'sandbox_not_found' })
  await service.end(project, id, 'test')
})

test('a sandbox whose broker died ends when another one starts; living and registered ones go on', async (context) => {
  const { sandboxes: service, housekeeping, storage, entries } = makeRoom(context)
  const [living, registered] = [await service.create(project, {}), await service.create(project, {})]
  const row = storage.sandboxes.find(living.id)!
  const add = (id: string, fence: 'kernel' | 'none', holder: string) =>
    storage.sandboxes.create({ ...row, id, fence, holder }, [])
  add('sbx_orphan', 'kernel', '4194305:1')
  add('sbx_elsewhere', 'none', '4194305:1')
  add('sbx_neighbour', 'kernel', row.holder)
  await housekeeping.settle(project)
  const status = (id: string) => service.get(project, id).status
  const ids = ['sbx_orphan', 'sbx_elsewhere', 'sbx_neighbour', living.id, registered.id]
  assert.deepEqual(ids.map(status), ['ended', 'active', 'active', 'active', 'active'])
  assert.deepEqual(
    entries.filter(({ kind }) => kind === 'sandbox.ended').map(({ sandbox }) => sandbox),
    ['sbx_orphan'],
  )
})

test('a value given with a sandbox that is refused does not stay in memory', async (context) => {
  const { sandboxes: service, ephemeral } = makeRoom(context)
  const put = mock.method(ephemeral, 'put')
  const credentials = { OPENAI_API_KEY: 'sk-proj-0123456789abcdefghij0123456789', NOBODY_KNOWS_THIS: 'x'.repeat(20) }
  await assert.rejects(service.create(project, { credentials }), { code: 'provider_unknown' })
  assert.equal(put.mock.callCount(), 1)
  assert.equal(ephemeral.find(put.mock.calls[0]!.arguments[0].id), undefined)
})
