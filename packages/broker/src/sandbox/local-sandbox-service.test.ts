import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { SandboxCreate } from '@coatcheck/contract'
import { CoatcheckError } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { LocalSandboxService } from './local-sandbox-service.ts'
import type { OpenedWay } from './way-out.ts'

const project = 'default'

/** A service over a real database, whose way out only counts. */
function makeService(
  context: Parameters<typeof createInstallation>[0],
  open: () => Promise<OpenedWay> = async () => ({ ca: 'PEM', closed: new Promise(() => {}) }),
) {
  const { keyRing, storage, vault } = createInstallation(context).open()
  const ephemeral = new EphemeralSecrets(keyRing)
  const entries: AuditEntry[] = []
  const closed: string[] = []
  const endedGrants: string[] = []
  const service = new LocalSandboxService({
    audit: { append: async (entry) => void entries.push(entry) },
    clock: storage.clock,
    ephemeral,
    keyRing,
    store: storage.sandboxes,
    vault,
    wayOut: {
      open,
      close: async (id) => void closed.push(id),
      endGrants: (ids) => void endedGrants.push(...ids),
      endInjected: () => {},
    },
  })
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  const secret = vault.create(
    { project, name: 'api', provider: null, shape: null, scopes, rotationDays: null, weak: false },
    new SecretValue(Buffer.from('a-value-of-enough-bytes')),
  )
  return { service, storage, vault, ephemeral, entries, closed, endedGrants, secret, keyRing }
}

test('a sandbox gets a placeholder for each variable, a token once, and nothing that is secret (S1, S2)', async (context) => {
  const { service } = makeService(context)
  const created = await service.create(project, { secrets: { ONE: 'api', TWO: 'api' } })
  assert.deepEqual(Object.keys(created.connect.env), ['ONE', 'TWO'])
  assert.notEqual(created.connect.env['ONE'], created.connect.env['TWO'])
  assert.ok(created.token.length >= 43)
  const shown = JSON.stringify(service.get(project, created.id))
  for (const hidden of [created.token, created.connect.env['ONE']!, 'a-value-of']) assert.ok(!shown.includes(hidden))
  await service.end(project, created.id, 'test')
})

test('a value given with the sandbox finds its provider, and dies with it', async (context) => {
  const { service, ephemeral, vault } = makeService(context)
  const value = 'sk-proj-0123456789abcdefghij0123456789'
  const { id, grants } = await service.create(project, { credentials: { OPENAI_API_KEY: value } })
  assert.deepEqual([grants[0]!.secret, grants[0]!.to.includes('api.openai.com')], [null, true])
  assert.equal(vault.list(project, 10, null).length, 1)
  const [grant] = [...service.list(project, 10, null)[0]!.grants]
  assert.ok(grant !== undefined)
  const dropped = mock.method(ephemeral, 'drop')
  await service.end(project, id, 'test')
  assert.equal([...(dropped.mock.calls[0]!.arguments[0] as string[])].length, 1)
})

const refusals: readonly (readonly [string, SandboxCreate, string])[] = [
  ['an unknown secret', { secrets: { KEY: 'nobody' } }, 'secret_not_found'],
  ['a variable of no provider', { credentials: { MY_OWN_THING: 'x'.repeat(20) } }, 'provider_unknown'],
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
    const { service } = makeService(context)
    await assert.rejects(service.create(project, input), { code })
    assert.deepEqual(service.list(project, 10, null), [])
  })
}

test('root is never a sandbox’s user', {
  skip: process.getuid?.() !== 0 && 'the broker runs as root',
}, async (context) => {
  const { service } = makeService(context)
  for (const launch of [{}, { uid: 0, gid: 0 }, { uid: 1000, gid: 0 }, { uid: 0, gid: 1000 }]) {
    const input: SandboxCreate = { launch: { isolation: 'process', ...launch } }
    await assert.rejects(service.create(project, input), { code: 'request_invalid' })
  }
})

test('a way out that does not open leaves no living sandbox', async (context) => {
  const fail = () => Promise.reject(new CoatcheckError('launch_impossible'))
  const { service, closed } = makeService(context, fail)
  await assert.rejects(service.create(project, { secrets: { KEY: 'api' } }), { code: 'launch_impossible' })
  assert.deepEqual(
    service.list(project, 10, null).map(({ status }) => status),
    ['ended'],
  )
  assert.equal(closed.length, 1)
})

test('a sandbox whose gateway dies has ended, and is recorded so once', async (context) => {
  const gone = Promise.withResolvers<void>()
  const { service, entries } = makeService(context, async () => ({ ca: 'PEM', closed: gone.promise }))
  const { id } = await service.create(project, { secrets: { KEY: 'api' } })
  const ended = service.ended(id)
  gone.resolve()
  await ended
  assert.equal(service.get(project, id).status, 'ended')
  await service.end(project, id, 'again')
  assert.equal(entries.filter(({ kind }) => kind === 'sandbox.ended').length, 1)
})

test('deleting a secret ends its grants on every sandbox (S3)', async (context) => {
  const { service, secret, endedGrants, storage } = makeService(context)
  const one = await service.create(project, { secrets: { KEY: 'api' } })
  const two = await service.create(project, { secrets: { KEY: 'api' } })
  service.endGrantsOf(secret.id)
  assert.equal(endedGrants.length, 2)
  for (const { id } of [one, two]) {
    assert.ok(storage.sandboxes.grantsOf(id).every(({ endedAt }) => endedAt !== null))
    await service.end(project, id, 'test')
  }
})

test('sandboxes end also while the vault is locked', async (context) => {
  const { service, keyRing, closed } = makeService(context)
  const { id } = await service.create(project, { secrets: { KEY: 'api' } })
  keyRing.lock()
  await service.endAll('the broker stops')
  assert.deepEqual(closed, [id])
  keyRing.unlock()
})

test('another project’s sandbox is not there', async (context) => {
  const { service } = makeService(context)
  const { id } = await service.create(project, {})
  assert.throws(() => service.get('other', id), { code: 'sandbox_not_found' })
  await assert.rejects(service.end('other', id, 'test'), { code: 'sandbox_not_found' })
  await service.end(project, id, 'test')
})

test('a sandbox whose broker died ends when another one starts; living and registered ones go on', async (context) => {
  const { service, storage, entries } = makeService(context)
  const [living, registered] = [await service.create(project, {}), await service.create(project, {})]
  const row = storage.sandboxes.find(living.id)!
  const add = (id: string, fence: 'kernel' | 'none', holder: string) =>
    storage.sandboxes.create({ ...row, id, fence, holder }, [])
  add('sbx_orphan', 'kernel', '4194305:1')
  add('sbx_elsewhere', 'none', '4194305:1')
  add('sbx_neighbour', 'kernel', row.holder)
  await service.endOrphans(project)
  const status = (id: string) => service.get(project, id).status
  const ids = ['sbx_orphan', 'sbx_elsewhere', 'sbx_neighbour', living.id, registered.id]
  assert.deepEqual(ids.map(status), ['ended', 'active', 'active', 'active', 'active'])
  assert.deepEqual(
    entries.filter(({ kind }) => kind === 'sandbox.ended').map(({ sandbox }) => sandbox),
    ['sbx_orphan'],
  )
})

test('a value given with a sandbox that is refused does not stay in memory', async (context) => {
  const { service, ephemeral } = makeService(context)
  const put = mock.method(ephemeral, 'put')
  const credentials = { OPENAI_API_KEY: 'sk-proj-0123456789abcdefghij0123456789', NOBODY_KNOWS_THIS: 'x'.repeat(20) }
  await assert.rejects(service.create(project, { credentials }), { code: 'provider_unknown' })
  assert.equal(put.mock.callCount(), 1)
  assert.equal(ephemeral.find(put.mock.calls[0]!.arguments[0].id), undefined)
})
