import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { newIdentifier } from '../foundation/identifier.ts'
import { LocalProviderService } from '../providers/local-provider-service.ts'
import { denyingRule } from '../sandbox/demand-reachable.ts'
import { issueGrants } from '../sandbox/issue-grants.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { RouteTable } from './route-table.ts'

const project = 'default'
const value = () => new SecretValue(Buffer.from('a-value-of-enough-bytes'))
const bearer = { kind: 'bearer' }

function makeSandbox(deny: readonly string[] = []): Sandbox {
  return {
    id: newIdentifier('sbx'),
    project,
    name: 'test',
    profile: 'locked',
    fromProfile: { allow: [], deny: [] },
    fence: 'kernel',
    createdBy: 'owner',
    holder: '',
    tokenHash: '',
    allow: [],
    deny,
    from: [],
    boundTo: null,
    authoritySealed: null,
    caNames: null,
    labels: {},
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    endsBy: null,
    endedAt: null,
  }
}

/** A table over a real database, with a way to put a sandbox with one secret in it. */
function makeTable(...[context]: Parameters<typeof createInstallation>) {
  const { keyRing, storage, vault } = createInstallation(context).open()
  const ephemeral = new EphemeralSecrets(keyRing)
  const providers = new LocalProviderService({ store: storage.providers, clock: storage.clock })
  const table = new RouteTable({
    ephemeral,
    keyRing,
    providers,
    revision: storage.revision,
    storage,
    vault,
  })
  const add = (scopes: readonly Scope[], deny: readonly string[] = []): Sandbox => {
    const name = newIdentifier('sec')
    vault.create({ project, name, provider: null, shape: null, scopes, rotationDays: null, weak: false }, value())
    const sandbox = makeSandbox(deny)
    const { grants } = issueGrants(
      sandbox,
      { secrets: { KEY: name } },
      { clock: storage.clock, ephemeral, keyRing, providers, vault },
    )
    storage.sandboxes.create(sandbox, grants)
    return sandbox
  }
  return { table, add, storage, vault, keyRing }
}

const hosts = ['a.example.com', 'b.example.com', 'deep.a.example.com', 'example.com', 'other.example.org']
const patterns = [
  'a.example.com',
  '*.example.com',
  '~^[ab]\\.example\\.com$',
  'https://b.example.com:8443',
  'a.example.com/v1',
]

test('every destination that can receive a secret is inspected under its rule, or denied (R-12)', (context) => {
  const { table, add } = makeTable(context)
  const scopes = fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 })
  const deny = fc.uniqueArray(fc.constantFrom('a.example.com', '*.example.com'), { maxLength: 1 })
  const destination = fc.record({
    scheme: fc.constantFrom('https' as const, 'http' as const),
    host: fc.constantFrom(...hosts),
    port: fc.constantFrom(80, 443, 8443),
  })
  fc.assert(
    fc.property(scopes, deny, destination, (to, denied, where) => {
      // A secret of which nothing can be reached is refused before there are routes.
      fc.pre(!to.every((pattern) => denyingRule(pattern, denied) !== undefined))
      const routes = table.routesOf(
        add(
          to.map((pattern) => ({ to: pattern, inject: bearer })),
          denied,
        ).id,
      )
      const receives = routes.grants.some((grant) => grant.scopes.some(({ pattern }) => pattern.matches(where)))
      const { effect } = routes.policy.decide(where)
      assert.ok(receives ? effect === 'inspect' || effect === 'deny' : effect === 'deny')
      assert.ok(effect === 'deny' || routes.policy.knowsName(where.host))
    }),
    { numRuns: 60 },
  )
})

test('routes follow a change of scopes at once', (context) => {
  const { table, add, vault } = makeTable(context)
  const { id } = add([{ to: '*.example.com', inject: bearer }])
  const where = { scheme: 'https', host: 'b.example.com', port: 443 } as const
  assert.equal(table.routesOf(id).policy.decide(where).effect, 'inspect')
  const [secret] = vault.list(project, 10, null)
  vault.rescope(project, secret!.name, [{ to: 'a.example.com', inject: bearer }], undefined)
  assert.equal(table.routesOf(id).policy.decide(where).effect, 'deny')
})

test('a deleted secret routes nothing', (context) => {
  const { table, add, vault } = makeTable(context)
  const { id } = add([{ to: 'a.example.com', inject: bearer }])
  vault.delete(project, vault.list(project, 10, null)[0]!.name)
  assert.deepEqual(table.routesOf(id).placeholders, [])
  assert.equal(table.routesOf(id).policy.knowsName('a.example.com'), false)
})

test('a sandbox that is not there has no routes', (context) => {
  assert.throws(() => makeTable(context).table.routesOf('sbx_unknown'), { code: 'sandbox_expired' })
})

test('a locked vault has no routes, not even compiled ones (W8)', (context) => {
  const { table, add, keyRing } = makeTable(context)
  const { id } = add([{ to: 'a.example.com', inject: bearer }])
  table.routesOf(id)
  keyRing.lock()
  assert.throws(() => table.routesOf(id), { code: 'vault_locked' })
})
