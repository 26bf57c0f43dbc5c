import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CookieJars, type ReceivedCookie } from '../egress/cookies/cookie-jars.ts'
import type { OwnReply } from '../egress/exchange.ts'
import { FaultCount } from '../egress/fault-count.ts'
import { Doorkeeper } from '../egress/forward/doorkeeper.ts'
import { RouteTable } from '../egress/route-table.ts'
import type { SandboxWays } from '../egress/sandbox-ways.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { prepareInjection } from '../injection/registry.ts'
import { LocalProviderService } from '../providers/local-provider-service.ts'
import { hashOfToken } from '../sandbox/describe-sandbox.ts'
import { findGrantOf } from '../sandbox/find-grant.ts'
import { issueGrants } from '../sandbox/issue-grants.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { RevisionPublisher } from './revision-publisher.ts'
import { WorkerDesk } from './worker-desk.ts'

const project = 'default'
const text = 'a-value-of-enough-bytes'
const token = 'A'.repeat(43)
const peer = '127.0.0.1'

/** A desk over a real database, with one secret and a sandbox that has a grant of it. */
function openDesk(context: TestContext) {
  let offsetMs = 0
  const clock = { now: () => new Date(Date.now() + offsetMs), monotonicMs: () => performance.now() }
  const { keyRing, storage, vault } = createInstallation(context).open(clock)
  const ephemeral = new EphemeralSecrets(keyRing)
  const providers = new LocalProviderService({ store: storage.providers, clock: storage.clock })
  const { sandboxes: store } = storage
  using value = new SecretValue(Buffer.from(text))
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  vault.create({ project, name: 'api', provider: null, shape: null, scopes, rotationDays: null, weak: false }, value)
  const add = (
    secret = 'api',
  ): { readonly sandbox: Sandbox; readonly grantId: string; readonly placeholder: string } => {
    const sandbox: Sandbox = {
      id: newIdentifier('sbx'),
      project,
      name: 'test',
      profile: 'locked',
      fromProfile: { allow: [], deny: [] },
      fence: 'none',
      createdBy: 'owner',
      holder: '',
      tokenHash: hashOfToken(token),
      allow: [],
      deny: [],
      from: [peer],
      boundTo: null,
      authoritySealed: 'sealed',
      caNames: null,
      labels: {},
      createdAt: clock.now().toISOString(),
      expiresAt: new Date(clock.now().getTime() + 60_000).toISOString(),
      endsBy: null,
      endedAt: null,
    }
    const sources = { clock: storage.clock, ephemeral, keyRing, providers, vault }
    const { grants, env } = issueGrants(sandbox, { secrets: { KEY: secret } }, sources)
    store.create(sandbox, grants)
    return { sandbox, grantId: grants[0]!.id, placeholder: env['KEY']! }
  }
  const publisher = new RevisionPublisher(storage.revision)
  context.after(() => publisher.stop())
  const opened: string[] = []
  const lookup = (placeholder: string) => findGrantOf(placeholder, keyRing, store)
  const reply: OwnReply = { status: 200, headers: {}, body: Buffer.from('an answer') }
  let isAnswered = false
  const derived: string[] = []
  const cookies = new CookieJars({ now: () => storage.clock.now() })
  const spread: ReceivedCookie[] = []
  const dismissed: string[] = []
  const desk = new WorkerDesk({
    agentDoor: {
      async answer(_sandboxId, { carrier }) {
        await carrier.answer(reply)
        isAnswered = true
      },
    },
    clock: storage.clock,
    cookies,
    derived: {
      dismiss: () => void dismissed.push('made'),
      async obtain({ grant }) {
        derived.push(grant.id)
        return { version: 1, value: new SecretValue(Buffer.from('made')), untilMs: 42 }
      },
    },
    doorkeeper: new Doorkeeper(store, storage.clock, lookup),
    ephemeral,
    faults: new FaultCount(),
    lookup,
    publisher,
    routes: new RouteTable({ ephemeral, keyRing, providers, revision: storage.revision, storage, vault }),
    sources: { bring: () => undefined, dismiss: (name) => void dismissed.push(name) },
    store,
    spread: async (received) => void spread.push(received),
    trials: {
      previousOf: ({ secretId }) => vault.revealPrevious(secretId),
      judged: async ({ secretId }, version, verdict) => void vault.judge(secretId, version, verdict),
    },
    vault,
    ways: { egressOf: async ({ id }: Sandbox) => void opened.push(id) } as unknown as SandboxWays,
  })
  return {
    answers: desk.answers(),
    cookies,
    spread,
    derived,
    dismissed,
    add,
    store,
    vault,
    opened,
    isAnswered: () => isAnswered,
    pass: (ms: number) => {
      offsetMs += ms
    },
  }
}

test('the value before goes to the living grant whose secret is on trial, and verdicts come back', async (context) => {
  const { add, answers, vault } = openDesk(context)
  const { sandbox, grantId } = add()
  const question = { sandboxId: sandbox.id, grantId }
  await assert.rejects(async () => answers.previousValue(question), { code: 'secret_changed' })
  vault.rotate('default', 'api', new SecretValue(Buffer.from('the-next-real-value-2')), 60)
  assert.equal((await answers.value(question)).trial, 'new')
  const { value, ...previous } = await answers.previousValue(question)
  assert.deepEqual([Buffer.from(value).toString().includes('next'), previous.version], [false, 1])
  await answers.judged({ ...question, version: 2, verdict: 'accepted' })
  assert.equal((await answers.value(question)).trial, undefined)
  await assert.rejects(async () => answers.previousValue(question), { code: 'secret_changed' })
  const other = { ...question, grantId: 'grt_none' }
  await assert.rejects(async () => answers.judged({ ...other, version: 2, verdict: 'accepted' }), {
    code: 'grant_expired',
  })
  await assert.rejects(async () => answers.previousValue(other), { code: 'grant_expired' })
})

test('a value goes to the living grant that it is asked for', async (context) => {
  const { add, answers } = openDesk(context)
  const { sandbox, grantId } = add()
  const { value, version } = await answers.value({ sandboxId: sandbox.id, grantId })
  assert.deepEqual([Buffer.from(value).toString(), version], [text, 1])
})

test('SEC-01, SEC-14: no value goes to a grant of another sandbox, one that ended, or one that is over', async (context) => {
  const { add, answers, pass, store, vault } = openDesk(context)
  const [mine, other, late] = [add(), add(), add()]
  const ask = async (sandboxId: string, grantId: string) => answers.value({ sandboxId, grantId })
  await assert.rejects(ask(mine.sandbox.id, other.grantId), { code: 'grant_expired' })
  await assert.rejects(ask('sbx_unknown', mine.grantId), { code: 'sandbox_expired' })
  store.end([other.sandbox.id], new Date().toISOString())
  await assert.rejects(ask(other.sandbox.id, other.grantId), { code: 'grant_expired' })
  pass(61_000)
  await assert.rejects(ask(late.sandbox.id, late.grantId), { code: 'grant_expired' })
  vault.lock()
  await assert.rejects(ask(mine.sandbox.id, mine.grantId), { code: 'vault_locked' })
  pass(-130_000)
  await assert.rejects(ask(mine.sandbox.id, mine.grantId), { code: 'clock_jumped' })
})

test('SEC-15: what credentials are made from never leaves the main thread, and only what a scope makes of it does', async (context) => {
  const { add, answers, derived, vault } = openDesk(context)
  const inject = { kind: 'oauth2', grant: 'client-credentials', tokenUrl: 'https://auth.example.com/token' }
  using proof = new SecretValue(Buffer.from(text))
  vault.rescope(project, 'api', [{ to: 'api.example.com', inject }], proof)
  const { sandbox, grantId } = add()
  const question = { sandboxId: sandbox.id, grantId }
  const { derivation } = prepareInjection(inject)
  await assert.rejects(async () => answers.value(question), { code: 'secret_not_found' })
  await assert.rejects(async () => answers.value({ ...question, derivation: 'another' }), { code: 'secret_not_found' })
  const { value, untilMs } = await answers.value({ ...question, derivation: derivation!.key })
  assert.deepEqual([Buffer.from(value).toString(), untilMs], ['made', 42])
  assert.deepEqual(derived, [grantId])
})

test('SEC-15: of the tokens of a registry, a worker gets those that a scope allows', async (context) => {
  const { add, answers, derived, vault } = openDesk(context)
  const inject = { kind: 'registry', tokenUrl: 'https://auth.example.com/token' }
  using proof = new SecretValue(Buffer.from(text))
  vault.rescope(project, 'api', [{ to: 'api.example.com', inject }], proof)
  const { sandbox, grantId } = add()
  const { derivation } = prepareInjection({ ...inject, access: 'all' })
  const keyFor = (scope: string) =>
    derivation!.registry!.derivationFor({ user: 'ann', service: null, scopes: [scope] }).key
  const ask = async (derivation: string) => answers.value({ sandboxId: sandbox.id, grantId, derivation })
  for (const key of [derivation!.key, keyFor('repository:a/b:push'), 'another'])
    await assert.rejects(ask(key), { code: 'secret_not_found' }, key)
  const { value } = await ask(keyFor('repository:a/b:pull'))
  assert.deepEqual([Buffer.from(value).toString(), derived], ['made', [grantId]])
})

test('AC-5.6: what a source gave is dismissed for a living grant, and nothing for any other', async (context) => {
  const { add, answers, dismissed, store, vault } = openDesk(context)
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  const form = { project, provider: null, shape: null, scopes, rotationDays: null, weak: false }
  using value = new SecretValue(Buffer.from(text))
  vault.create({ ...form, name: 'sourced', source: 'from-exec' }, value)
  const [stored, sourced] = [add(), add('sourced')]
  const dismiss = ({ sandbox, grantId }: typeof sourced) => answers.dismiss({ sandboxId: sandbox.id, grantId })
  dismiss(stored)
  dismiss(sourced)
  assert.deepEqual(dismissed, ['from-exec'])
  store.end([sourced.sandbox.id], new Date().toISOString())
  assert.throws(() => dismiss(sourced), { code: 'grant_expired' })
  assert.deepEqual(dismissed, ['from-exec'])
})

test('nothing that is sealed leaves the main thread, and neither does a value with the routes', async (context) => {
  const { add, answers } = openDesk(context)
  const { sandbox, placeholder } = add()
  const said = JSON.stringify([
    await answers.routes({ sandboxId: sandbox.id }),
    await answers.lookup({ texts: [placeholder, 'nobody’s'] }),
    await answers.admit({ identity: { sandboxId: sandbox.id, token }, peer, options: {} }),
    await answers.admitByKey({ texts: [placeholder], peer }),
  ])
  assert.match(said, new RegExp(placeholder))
  assert.doesNotMatch(said, new RegExp(`sealed"|${text}|"placeholder(?:Sealed|Index)":"[^"]`))
})

test('whoever is admitted has a way out in the main thread too, and nobody else', async (context) => {
  const { add, answers, opened } = openDesk(context)
  const { sandbox } = add()
  const admit = async (shown: string, from: string) =>
    (await answers.admit({ identity: { sandboxId: sandbox.id, token: shown }, peer: from, options: {} })).outcome
  assert.equal(await admit('B'.repeat(43), peer), 'stranger')
  assert.equal(await admit(token, '192.0.2.1'), 'elsewhere')
  assert.deepEqual(opened, [])
  assert.equal(await admit(token, peer), 'admitted')
  assert.deepEqual(opened, [sandbox.id])
})

test('what follows from an answer of the agent door waits until the answer is out', async (context) => {
  const { add, answers, isAnswered } = openDesk(context)
  const question = { sandboxId: add().sandbox.id, method: 'GET', target: '/self', fields: [] }
  const { ticket, reply } = await answers.door(question)
  assert.equal(Buffer.from(reply.body).toString(), 'an answer')
  assert.equal(isAnswered(), false)
  await answers.doorAnswered({ ticket })
  await new Promise(setImmediate)
  assert.equal(isAnswered(), true)
})

test('S3, N2: a cookie is kept everywhere for grants that live, and for no other', async (context) => {
  const { add, answers, cookies, spread, store } = openDesk(context)
  const { sandbox, grantId } = add()
  const owner = { sandboxId: sandbox.id, grantIds: [grantId], destination: 'https://api.example.com', lane: 'a' }
  const received: ReceivedCookie = {
    owner,
    origin: { scheme: 'https', host: 'api.example.com', path: '/' },
    field: 'session=1',
  }
  assert.equal(await answers.cookie(received), null)
  assert.deepEqual([spread, cookies.isEmpty], [[received], false])
  cookies.clear()
  store.end([sandbox.id], new Date().toISOString())
  await assert.rejects(async () => answers.cookie(received), { code: 'grant_expired' })
  assert.deepEqual([spread.length, cookies.isEmpty], [1, true])
})
