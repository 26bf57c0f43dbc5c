import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'

const endedAt = '2026-11-22T12:00:00.000Z'

/** A running sandbox. */
export function sampleSandbox(overrides: Partial<Sandbox> = {}): Sandbox {
  return {
    id: newIdentifier('sbx'),
    project: 'default',
    name: 'agent',
    profile: 'dev',
    fence: 'kernel',
    holder: '1:1',
    tokenHash: 'ab'.repeat(32),
    allow: [{ to: 'packages.example', allowPrivate: false }],
    deny: ['evil.example'],
    from: [],
    labels: { team: 'a' },
    createdAt: '2026-11-22T10:00:00.000Z',
    expiresAt: '2026-11-22T11:00:00.000Z',
    endedAt: null,
    ...overrides,
  }
}

/** A grant of that sandbox. */
export function sampleGrant(sandboxId: string, overrides: Partial<Grant> = {}): Grant {
  const id = newIdentifier('grt')
  return {
    id,
    project: 'default',
    sandboxId,
    env: 'STRIPE_API_KEY',
    secretId: 'sec_stripe',
    ephemeral: false,
    placeholderIndex: `index-${id}`,
    placeholderSealed: 'c2VhbGVk',
    createdAt: '2026-11-22T10:00:00.000Z',
    expiresAt: null,
    endedAt: null,
    ...overrides,
  }
}

/** What every sandbox store must do. */
export function testSandboxStore(name: string, make: (context: TestContext) => SandboxStore): void {
  test(`${name}: a sandbox and its grants are found as they were created`, (context) => {
    const store = make(context)
    const sandbox = sampleSandbox()
    const grants = [
      sampleGrant(sandbox.id, { id: 'grt_1' }),
      sampleGrant(sandbox.id, { id: 'grt_2', ephemeral: true, expiresAt: sandbox.expiresAt }),
    ]
    store.create(sandbox, grants)
    assert.deepEqual(store.find(sandbox.id), sandbox)
    assert.deepEqual(store.grantsOf(sandbox.id), grants)
    assert.deepEqual(store.findGrantByPlaceholder('index-none'), undefined)
    assert.deepEqual(store.findGrantByPlaceholder(grants[1]!.placeholderIndex), grants[1])
  })

  test(`${name}: what does not exist is undefined or empty, and ending it changes nothing`, (context) => {
    const store = make(context)
    assert.equal(store.find('sbx_none'), undefined)
    assert.deepEqual(store.grantsOf('sbx_none'), [])
    assert.deepEqual(store.list('default', 10, null), [])
    assert.deepEqual(store.list('default', 10, 'sbx_none'), [])
    store.end('sbx_none', endedAt)
    store.endGrantsOf('sec_none', endedAt)
  })

  test(`${name}: the end of a sandbox ends its grants, and the first end counts`, (context) => {
    const store = make(context)
    const [sandbox, other] = [sampleSandbox(), sampleSandbox()]
    const grant = sampleGrant(sandbox.id)
    store.create(sandbox, [grant])
    store.create(other, [sampleGrant(other.id)])
    store.end(sandbox.id, endedAt)
    store.end(sandbox.id, '2027-01-01T00:00:00.000Z')
    assert.equal(store.find(sandbox.id)?.endedAt, endedAt)
    assert.equal(store.findGrantByPlaceholder(grant.placeholderIndex)?.endedAt, endedAt)
    assert.equal(store.find(other.id)?.endedAt, null)
    assert.equal(store.grantsOf(other.id)[0]?.endedAt, null)
  })

  test(`${name}: R-14: the grants of a secret end on every sandbox, and those of another secret stay`, (context) => {
    const store = make(context)
    const [first, second] = [sampleSandbox(), sampleSandbox()]
    store.create(first, [
      sampleGrant(first.id, { id: 'grt_1' }),
      sampleGrant(first.id, { id: 'grt_2', secretId: 'sec_new' }),
    ])
    store.create(second, [sampleGrant(second.id)])
    store.endGrantsOf('sec_stripe', endedAt)
    assert.deepEqual(
      store.grantsOf(first.id).map((grant) => grant.endedAt),
      [endedAt, null],
    )
    assert.equal(store.grantsOf(second.id)[0]?.endedAt, endedAt)
    assert.equal(store.find(first.id)?.endedAt, null)
  })

  test(`${name}: lists one project, newest first, page by page`, (context) => {
    const store = make(context)
    const at = (minute: number) => `2026-11-22T10:0${minute}:00.000Z`
    store.create(sampleSandbox({ id: 'sbx_b', createdAt: at(1) }), [])
    store.create(sampleSandbox({ id: 'sbx_a', createdAt: at(1) }), [])
    store.create(sampleSandbox({ id: 'sbx_c', createdAt: at(2) }), [])
    store.create(sampleSandbox({ id: 'sbx_d', createdAt: at(3), project: 'other' }), [])
    const ids = (limit: number, cursor: string | null) => store.list('default', limit, cursor).map(({ id }) => id)
    assert.deepEqual(ids(10, null), ['sbx_c', 'sbx_b', 'sbx_a'])
    assert.deepEqual(ids(1, 'sbx_c'), ['sbx_b'])
    assert.deepEqual(ids(10, 'sbx_b'), ['sbx_a'])
    assert.deepEqual(ids(10, 'sbx_a'), [])
  })
}
