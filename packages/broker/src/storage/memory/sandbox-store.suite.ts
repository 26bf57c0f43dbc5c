import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { GrantFilter, SandboxStore } from '../../sandbox/sandbox-store.ts'

const endedAt = '2026-11-22T12:00:00.000Z'

/** A running sandbox. */
export function sampleSandbox(overrides: Partial<Sandbox> = {}): Sandbox {
  return {
    id: newIdentifier('sbx'),
    project: 'default',
    name: 'agent',
    profile: 'dev',
    fromProfile: { allow: [], deny: [] },
    fence: 'kernel',
    createdBy: 'owner',
    holder: '1:1',
    tokenHash: 'ab'.repeat(32),
    allow: [{ to: 'packages.example', allowPrivate: false }],
    deny: ['evil.example'],
    from: [],
    boundTo: null,
    authoritySealed: null,
    caNames: null,
    labels: { team: 'a' },
    createdAt: '2026-11-22T10:00:00.000Z',
    expiresAt: '2026-11-22T11:00:00.000Z',
    endsBy: null,
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
    ownExpiresAt: null,
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
      sampleGrant(sandbox.id, { id: 'grt_1', port: 20_001 }),
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
    assert.deepEqual(store.end(['sbx_none'], endedAt), { sandboxes: [], grants: [] })
    assert.deepEqual(store.endGrantsOf('sec_none', endedAt), [])
    assert.equal(store.findGrant('grt_none'), undefined)
    assert.throws(() => store.amend('sbx_none', (sandbox) => ({ sandbox, grants: [] })), { code: 'sandbox_not_found' })
  })

  test(`${name}: SEC-08: keeps the address that a sandbox is bound to, and its sealed authority`, (context) => {
    const store = make(context)
    const sandbox = sampleSandbox({ fence: 'none' })
    const bound = { ...sandbox, boundTo: '192.0.2.1', authoritySealed: 'c2VhbGVk', caNames: ['api.example.com'] }
    store.create(sandbox, [])
    store.amend(sandbox.id, () => ({ sandbox: bound, grants: [] }))
    assert.deepEqual(store.find(sandbox.id), bound)
  })

  test(`${name}: the end of a sandbox ends its grants, and the first end counts`, (context) => {
    const store = make(context)
    const [sandbox, other] = [sampleSandbox(), sampleSandbox()]
    const grant = sampleGrant(sandbox.id)
    store.create(sandbox, [grant])
    store.create(other, [sampleGrant(other.id)])
    assert.deepEqual(store.end([sandbox.id], endedAt), {
      sandboxes: [sandbox.id],
      grants: [{ ...grant, endedAt }],
    })
    assert.deepEqual(store.end([sandbox.id], '2027-01-01T00:00:00.000Z'), { sandboxes: [], grants: [] })
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
    const ended = store.endGrantsOf('sec_stripe', endedAt)
    assert.deepEqual(ended.map(({ sandboxId }) => sandboxId).toSorted(), [first.id, second.id].toSorted())
    assert.deepEqual(store.endGrantsOf('sec_stripe', endedAt), [])
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

  test(`${name}: a sandbox and its living grants change together, or not at all (R-48)`, (context) => {
    const store = make(context)
    const sandbox = sampleSandbox()
    const [kept, replaced, added] = ['grt_1', 'grt_2', 'grt_3'].map((id) => sampleGrant(sandbox.id, { id }))
    const over = sampleGrant(sandbox.id, { id: 'grt_0', endedAt })
    store.create(sandbox, [over, kept!, replaced!])
    const stop = () =>
      store.amend(sandbox.id, () => {
        throw new Error('no')
      })
    assert.throws(stop, /no/)
    assert.deepEqual(store.find(sandbox.id), sandbox)
    store.amend(sandbox.id, (current, living) => {
      assert.deepEqual([current, living.map(({ id }) => id)], [sandbox, ['grt_1', 'grt_2']])
      return { sandbox: { ...current, deny: [] }, grants: [{ ...replaced!, endedAt }, added!] }
    })
    assert.deepEqual(store.find(sandbox.id), { ...sandbox, deny: [] })
    assert.deepEqual(
      store.grantsOf(sandbox.id).map(({ id, endedAt }) => [id, endedAt === null]),
      [
        ['grt_0', false],
        ['grt_1', true],
        ['grt_2', false],
        ['grt_3', true],
      ],
    )
    assert.deepEqual(store.findGrant('grt_3'), added)
    store.end([sandbox.id], endedAt)
    assert.throws(() => store.amend(sandbox.id, (current) => ({ sandbox: current, grants: [] })), {
      code: 'sandbox_ended',
    })
  })

  test(`${name}: living grants are listed by project, secret and sandbox, page by page`, (context) => {
    const store = make(context)
    const [one, two, foreign] = [sampleSandbox(), sampleSandbox(), sampleSandbox({ project: 'other' })]
    store.create(one, [
      sampleGrant(one.id, { id: 'grt_1' }),
      sampleGrant(one.id, { id: 'grt_2', secretId: 'sec_two' }),
      sampleGrant(one.id, { id: 'grt_3', endedAt }),
      sampleGrant(one.id, { id: 'grt_4', expiresAt: '2026-11-22T11:00:00.000Z' }),
    ])
    store.create(two, [sampleGrant(two.id, { id: 'grt_5', createdAt: '2026-11-22T10:01:00.000Z' })])
    store.create(foreign, [sampleGrant(foreign.id, { id: 'grt_6', project: 'other' })])
    const ids = (filter: Partial<GrantFilter>) =>
      store
        .listGrants({ project: 'default', now: '2026-11-22T11:00:00.000Z', limit: 10, cursor: null, ...filter })
        .map(({ id }) => id)
    assert.deepEqual(ids({}), ['grt_5', 'grt_2', 'grt_1'])
    assert.deepEqual(ids({ limit: 1, cursor: 'grt_5' }), ['grt_2'])
    assert.deepEqual(ids({ secretId: 'sec_stripe' }), ['grt_5', 'grt_1'])
    assert.deepEqual(ids({ sandboxId: one.id }), ['grt_2', 'grt_1'])
    assert.deepEqual(ids({ now: '2026-11-22T10:59:59.999Z', sandboxId: one.id }), ['grt_4', 'grt_2', 'grt_1'])
    assert.deepEqual(ids({ cursor: 'grt_none' }), [])
  })

  test(`${name}: what ended or expired long ago is removed in batches, with its grants, and nothing else`, (context) => {
    const store = make(context)
    const before = '2026-11-22T11:30:00.000Z'
    const old = [1, 2, 3].map(() => sampleSandbox())
    for (const { id } of old) store.create(sampleSandbox({ id }), [sampleGrant(id)])
    const later = sampleSandbox({ expiresAt: '2026-11-23T11:00:00.000Z' })
    const justEnded = sampleSandbox()
    store.create(later, [sampleGrant(later.id)])
    store.create(justEnded, [])
    store.end([justEnded.id], endedAt)
    assert.equal(store.prune(before, 2), 2)
    assert.equal(store.prune(before, 2), 1)
    assert.equal(store.prune(before, 2), 0)
    for (const { id } of old) assert.deepEqual([store.find(id), store.grantsOf(id)], [undefined, []])
    assert.equal(store.grantsOf(later.id).length, 1)
    assert.ok(store.find(justEnded.id))
  })
}
