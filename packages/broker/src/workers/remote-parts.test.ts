import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { Admission } from '../egress/forward/doorkeeper.ts'
import { systemClock } from '../foundation/clock.ts'
import { sampleSandbox } from '../storage/memory/sandbox-store.suite.ts'
import type { MainPost } from './main-post.ts'
import { RemoteDoorkeeper } from './remote-doorkeeper.ts'
import { RemotePlaceholders } from './remote-placeholders.ts'
import { RemoteRoutes } from './remote-routes.ts'
import { epochAt, revisionMemory } from './revision-memory.ts'
import type { SandboxSnapshot } from './sandbox-snapshot.ts'
import { SharedRevision } from './shared-revision.ts'

const sandbox = sampleSandbox({
  id: 'sbx_1',
  profile: 'locked',
  fence: 'none',
  allow: [],
  deny: [],
  from: ['127.0.0.1'],
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
})
const identity = { sandboxId: sandbox.id, token: 'a token' }
const peer = '127.0.0.1'

/** A revision that is recent for as long as the test lasts, and a main thread that says what it is told to. */
function makeParts(answer: (name: string, body: unknown) => unknown) {
  const memory = revisionMemory()
  Atomics.store(memory.lookedAt, 0, process.hrtime.bigint() + 60_000_000_000n)
  const asked: string[] = []
  const post = {
    async ask(name: string, body: unknown) {
      asked.push(name)
      return answer(name, body)
    },
  } as unknown as MainPost
  const change = () => void Atomics.add(memory.numbers, epochAt, 1)
  return { revision: new SharedRevision(memory), post, asked, change }
}

test('whoever was admitted is not asked about again until something changes', async () => {
  const admitted: Admission = { outcome: 'admitted', sandbox }
  const { asked, change, post, revision } = makeParts(() => admitted)
  const doorkeeper = new RemoteDoorkeeper(post, revision, systemClock)
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(await doorkeeper.admit(identity, peer), admitted)
  assert.equal(asked.length, 1)
  change()
  await doorkeeper.admit(identity, peer)
  assert.equal(asked.length, 2)
})

for (const [what, otherIdentity, otherPeer, options] of [
  ['another token', { ...identity, token: 'another' }, peer, {}],
  ['another place', identity, '127.0.0.2', {}],
  ['a stricter question', identity, peer, { placedOnly: true }],
] as const) {
  test(`SEC-08: what was admitted is no answer for ${what}`, async () => {
    const { asked, post, revision } = makeParts(() => ({ outcome: 'admitted', sandbox }))
    const doorkeeper = new RemoteDoorkeeper(post, revision, systemClock)
    await doorkeeper.admit(identity, peer)
    await doorkeeper.admit(otherIdentity, otherPeer, options)
    assert.equal(asked.length, 2)
  })
}

test('SEC-14: a sandbox whose time is over is not admitted from memory', async () => {
  const over = { ...sandbox, expiresAt: new Date(Date.now() - 1).toISOString() }
  const { asked, post, revision } = makeParts(() => ({ outcome: 'admitted', sandbox: over }))
  const doorkeeper = new RemoteDoorkeeper(post, revision, systemClock)
  await doorkeeper.admit(identity, peer)
  await doorkeeper.admit(identity, peer)
  assert.equal(asked.length, 2)
})

test('whoever was turned away is asked about each time', async () => {
  const { asked, post, revision } = makeParts(() => ({ outcome: 'stranger', reason: 'false token' }))
  const doorkeeper = new RemoteDoorkeeper(post, revision, systemClock)
  for (let turn = 0; turn < 3; turn += 1) {
    assert.equal((await doorkeeper.admit(identity, peer)).outcome, 'stranger')
  }
  assert.equal(asked.length, 3)
})

test('routes are fetched once at each revision, however many ask', async () => {
  const snapshot: SandboxSnapshot = { sandbox, grants: [] }
  const { asked, change, post, revision } = makeParts(() => snapshot)
  const routes = new RemoteRoutes(post, revision)
  await Promise.all([routes.bring(sandbox.id), routes.bring(sandbox.id)])
  assert.equal(routes.bring(sandbox.id), undefined)
  assert.deepEqual(routes.routesOf(sandbox.id).sandbox, sandbox)
  change()
  await routes.bring(sandbox.id)
  assert.equal(asked.length, 2)
})

test('SEC-01: where the main thread has no routes to give, there are none, and it is asked again', async () => {
  let isLocked = false
  const { asked, change, post, revision } = makeParts(() => {
    if (isLocked) throw new CoatcheckError('vault_locked')
    return { sandbox, grants: [] }
  })
  const routes = new RemoteRoutes(post, revision)
  assert.throws(() => routes.routesOf(sandbox.id), { code: 'internal' })
  await routes.bring(sandbox.id)
  isLocked = true
  change()
  for (let turn = 0; turn < 2; turn += 1) {
    await routes.bring(sandbox.id)
    assert.throws(() => routes.routesOf(sandbox.id), { code: 'vault_locked' })
  }
  assert.equal(asked.length, 3)
})

test('SEC-01: an answer that took longer does not stand over a newer one', async () => {
  const answers: ((snapshot: SandboxSnapshot) => void)[] = []
  const { change, post, revision } = makeParts(() => new Promise<SandboxSnapshot>((resolve) => answers.push(resolve)))
  const routes = new RemoteRoutes(post, revision)
  const first = routes.bring(sandbox.id)
  change()
  const second = routes.bring(sandbox.id)
  const denying = { ...sandbox, deny: ['api.example.com'] }
  answers[1]!({ sandbox: denying, grants: [] })
  await second
  answers[0]!({ sandbox, grants: [] })
  await first
  assert.deepEqual(routes.routesOf(sandbox.id).sandbox, denying)
})

test('R-68: a text about which nobody was asked refuses the request that has it', async () => {
  const { post, revision } = makeParts(() => {
    throw new CoatcheckError('internal')
  })
  const placeholders = new RemotePlaceholders(post, revision, { ownGrant: () => undefined })
  const text = 'sk-cct-0123456789abcdefghij0123456789abcdefghij'
  const fields = [{ name: 'Authorization', value: `Bearer ${text}` }]
  await placeholders.bring({ method: 'GET', path: '/', query: '', fields })
  assert.throws(() => placeholders.lookup(text), { refusal: { code: 'secret_unavailable', facts: {} } })
})
