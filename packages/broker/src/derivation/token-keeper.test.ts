import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import { routeScope } from '../egress/route-table.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import { prepareInjection } from '../injection/registry.ts'
import { createInstallation, type InstallationFolder } from '../storage/sqlite/installation.suite.ts'
import type { DialOptions } from '../upstream/upstream.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { SharedCredentials } from '../vault/shared-credentials.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import { ScriptedEndpoint } from './scripted-endpoint.suite.ts'
import { TokenKeeper } from './token-keeper.ts'
import { Turns } from './turns.ts'

const project = 'default'
const api = 'api.example.com'
const tokenUrl = 'https://auth.example.com/token'
const inject = { kind: 'oauth2', grant: 'refresh-token', tokenUrl }
const signIn = (refreshToken: string): string => JSON.stringify({ refresh_token: refreshToken })

interface Desk {
  readonly folder: InstallationFolder
  readonly keeper: TokenKeeper
  readonly endpoint: ScriptedEndpoint
  readonly audited: AuditEntry[]
  readonly vault: Vault
  readonly grant: RoutedGrant
  pass(ms: number): void
  obtain(which?: number): Promise<string>
}

interface DeskOptions {
  readonly renew?: Vault['renew']
  readonly append?: AuditLog['append']
  /** That of another desk, where there are two on one home. */
  readonly folder?: InstallationFolder
  readonly endpoint?: ScriptedEndpoint
}

function openDesk(context: TestContext, options: DeskOptions = {}): Desk {
  const { folder = createInstallation(context), endpoint = new ScriptedEndpoint() } = options
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  const { keyRing, storage, vault } = folder.open()
  const scopes = [
    { to: api, inject },
    { to: 'other.example.com', inject: { ...inject, oauthScopes: ['other'] } },
  ]
  using value = new SecretValue(Buffer.from(signIn('refresh-token-0')))
  const input = { project, name: 'key', provider: null, shape: null, scopes, rotationDays: null, weak: false }
  const secret = vault.list(project, 1, null)[0] ?? vault.create(input, value)
  const grant = {
    grant: { id: 'grt_1', project, sandboxId: 'sbx_1', env: 'KEY', secretId: secret.id, ephemeral: false },
    placeholder: 'coatcheck_placeholder',
    secretName: 'key',
    provider: null,
    scopes: scopes.map(routeScope),
  } as unknown as RoutedGrant
  const audited: AuditEntry[] = []
  const keeper = new TokenKeeper({
    audit: { append: options.append ?? (async (entry) => void audited.push(entry)) },
    clock,
    ephemeral: new EphemeralSecrets(keyRing),
    shared: new SharedCredentials({ clock, keyRing, secrets: storage.secrets, store: storage.derived }),
    turns: new Turns(join(folder.root, 'turns')),
    upstream: endpoint,
    vault: {
      get state() {
        return vault.state
      },
      find: (id) => vault.find(id),
      reveal: (id) => vault.reveal(id),
      renew: options.renew ?? ((before, renewed) => vault.renew(before, renewed)),
    },
    timeoutMs: 500,
  })
  context.after(() => keeper.close())
  return {
    folder,
    keeper,
    endpoint,
    audited,
    vault,
    grant,
    pass: (ms) => {
      offsetMs += ms
    },
    obtain: async (which = 0) => textOf(await keeper.obtain(grant, grant.scopes[which]!.injection.derivation!)),
  }
}

/** Two brokers of one home, that ask one service. */
function openTwoDesks(context: TestContext): readonly [Desk, Desk] {
  const shared = { folder: createInstallation(context), endpoint: new ScriptedEndpoint() }
  return [openDesk(context, shared), openDesk(context, shared)]
}

/** A desk that can store no new refresh token until there is room for it. */
function openFullDesk(context: TestContext): { readonly desk: Desk; readonly makeRoom: () => void } {
  let isFull = true
  const desk = openDesk(context, {
    renew: (before, value) => {
      if (isFull) throw new CoatcheckError('storage_unavailable')
      return desk.vault.renew(before, value)
    },
  })
  desk.endpoint.rotates = true
  const makeRoom = (): void => {
    isFull = false
  }
  return { desk, makeRoom }
}

function textOf({ value }: RevealedSecret): string {
  using text = value
  return text.use((bytes) => Buffer.from(bytes).toString())
}

function isProblem(code: ProblemCode) {
  return (error: unknown): boolean => error instanceof CoatcheckError && error.code === code
}

test('AC-5.1: a token is asked for once, by however many, and again shortly before its end', async (context) => {
  const { endpoint, keeper, grant, obtain, pass } = openDesk(context)
  const [first, ...others] = await Promise.all(Array.from({ length: 50 }, () => obtain()))
  assert.ok(others.every((text) => text === first))
  assert.equal(endpoint.questions.length, 1)
  const derivation = grant.scopes[0]!.injection.derivation!
  const kept = keeper.obtain(grant, derivation)
  assert.ok(!(kept instanceof Promise), 'what is kept costs no promise')
  assert.ok(Math.abs(kept.untilMs! - Date.now() - 3_540_000) < 5_000)
  pass(3_539_000)
  await obtain()
  assert.equal(endpoint.questions.length, 1)
  pass(2_000)
  assert.notEqual(await obtain(), first)
  assert.equal(endpoint.questions.length, 2)
})

test('AC-5.1, R-110: of two brokers of a home one asks, and the other takes what it got', async (context) => {
  const [one, other] = openTwoDesks(context)
  const { endpoint } = one
  endpoint.rotates = true
  const both = (): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : other).obtain()))
  for (const round of [1, 2, 3]) {
    const texts = await both()
    assert.deepEqual(new Set(texts), new Set([`access-token-${round}`]))
    assert.equal(endpoint.questions.length, round)
    for (const desk of [one, other]) desk.pass(3_541_000)
  }
  assert.equal(endpoint.most, 1)
  assert.deepEqual(
    endpoint.questions.map(({ refresh_token: shown }) => shown),
    ['refresh-token-0', 'refresh-token-1', 'refresh-token-2'],
  )
  assert.deepEqual([...one.audited, ...other.audited].filter(({ kind }) => kind === 'derivation.completed').length, 3)
})

test('AC-5.1: a broker that starts takes what an earlier one got, and asks with the refresh token that came last', async (context) => {
  const [one, other] = openTwoDesks(context)
  one.endpoint.rotates = true
  await one.obtain()
  await one.keeper.close()
  assert.equal(await other.obtain(), 'access-token-1')
  assert.equal(one.endpoint.questions.length, 1)
  other.pass(3_541_000)
  await other.obtain()
  assert.equal(one.endpoint.questions.at(-1)?.['refresh_token'], 'refresh-token-1')
})

test('R-111: what a service did not take from one broker is not taken from another one', async (context) => {
  const [one, other] = openTwoDesks(context)
  const derivation = one.grant.scopes[0]!.injection.derivation!
  assert.equal(await one.obtain(), await other.obtain())
  for (const desk of [one, other]) {
    desk.pass(31_000)
    desk.keeper.dismiss(desk.grant, derivation)
  }
  assert.deepEqual([await one.obtain(), await other.obtain()], ['access-token-2', 'access-token-2'])
  assert.equal(one.endpoint.questions.length, 2)
})

test('R-57: after a rotation by one broker no other one uses what was made from the value before', async (context) => {
  const [one, other] = openTwoDesks(context)
  await one.obtain()
  using value = new SecretValue(Buffer.from(signIn('refresh-token-of-a-new-sign-in')))
  one.vault.rotate(project, 'key', value)
  assert.equal(await other.obtain(), 'access-token-2')
  assert.equal(one.endpoint.questions.at(-1)?.['refresh_token'], 'refresh-token-of-a-new-sign-in')
})

test('W8: while another broker asks and does not come to an end, nothing is asked and nothing goes out', async (context) => {
  const [one, other] = openTwoDesks(context)
  const turns = new Turns(join(one.folder.root, 'turns'))
  const turn = await turns.take(one.grant.grant.secretId, AbortSignal.timeout(1_000))
  await assert.rejects(other.obtain(), isProblem('token_unavailable'))
  assert.deepEqual(one.endpoint.dialled, [])
  turn[Symbol.dispose]()
  assert.equal(await other.obtain(), 'access-token-1')
})

test('R-110: two derivations of one secret ask in turn, and neither ends what the other got', async (context) => {
  const { endpoint, obtain, vault } = openDesk(context)
  endpoint.rotates = true
  await Promise.all([obtain(0), obtain(1), obtain(0), obtain(1)])
  assert.equal(endpoint.most, 1, 'one at a time')
  assert.deepEqual(
    endpoint.questions.map(({ refresh_token: shown }) => shown),
    ['refresh-token-0', 'refresh-token-1'],
  )
  await Promise.all([obtain(0), obtain(1)])
  assert.equal(endpoint.questions.length, 2)
  assert.equal(vault.get(project, 'key').version, 3)
})

test('AC-5.2: where a new refresh token cannot be stored nothing is used, and it is stored before anything is asked again', async (context) => {
  const { desk, makeRoom } = openFullDesk(context)
  await assert.rejects(desk.obtain(), isProblem('storage_unavailable'))
  await assert.rejects(desk.obtain(), isProblem('storage_unavailable'))
  assert.equal(desk.endpoint.questions.length, 1)
  makeRoom()
  await desk.obtain()
  assert.deepEqual(
    desk.endpoint.questions.map(({ refresh_token: shown }) => shown),
    ['refresh-token-0', 'refresh-token-1'],
  )
})

test('AC-5.2: what could not be stored before is stored when the broker stops', async (context) => {
  const { desk, makeRoom } = openFullDesk(context)
  await assert.rejects(desk.obtain(), isProblem('storage_unavailable'))
  makeRoom()
  await desk.keeper.close()
  assert.equal(textOf(desk.vault.reveal(desk.grant.grant.secretId)), signIn('refresh-token-1'))
})

test('AC-5.3, R-111: a dead grant is asked with once; the mark goes with the version', async (context) => {
  const { audited, endpoint, keeper, obtain, pass, vault } = openDesk(context)
  endpoint.answer = { status: 400, body: '{"error":"invalid_grant","error_description":"refresh-token-0"}' }
  for (let turn = 0; turn < 3; turn += 1) {
    await assert.rejects(obtain(), isProblem('sign_in_needed'))
    pass(3_600_000)
  }
  assert.equal(endpoint.questions.length, 1)
  assert.ok(keeper.needsSignIn(vault.get(project, 'key')))
  assert.equal(audited.filter(({ kind }) => kind === 'alarm.raised').length, 1)
  assert.ok(!JSON.stringify(audited).includes('refresh-token-0'))
  using value = new SecretValue(Buffer.from(signIn('refresh-token-9')))
  vault.rotate(project, 'key', value)
  endpoint.answer = undefined
  await obtain()
  assert.equal(keeper.needsSignIn(vault.get(project, 'key')), false)
})

test('R-57: a service that fails is left alone for longer each time, and half a minute at most', async (context) => {
  const { endpoint, obtain, pass } = openDesk(context)
  endpoint.answer = { status: 500, body: '' }
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = endpoint.questions.length
    await assert.rejects(obtain(), isProblem('token_unavailable'))
    pass(waitMs - 500)
    await assert.rejects(obtain(), isProblem('token_unavailable'))
    assert.equal(endpoint.questions.length, before + 1)
    pass(600)
  }
  endpoint.answer = undefined
  await obtain()
})

test('R-57: a service that never answers is given up on', async (context) => {
  const { audited, endpoint, obtain } = openDesk(context)
  endpoint.isSilent = true
  await assert.rejects(obtain(), isProblem('token_unavailable'))
  assert.deepEqual(
    audited.map(({ kind, code }) => [kind, code]),
    [
      ['derivation.intended', undefined],
      ['derivation.refused', 'upstream_timeout'],
    ],
  )
})

test('R-111, R-82: what a service did not take is made anew, and not more than twice a minute', async (context) => {
  const { endpoint, keeper, grant, obtain, pass } = openDesk(context)
  const derivation = grant.scopes[0]!.injection.derivation!
  const first = await obtain()
  keeper.dismiss(grant, derivation)
  assert.equal(await obtain(), first)
  pass(31_000)
  keeper.dismiss(grant, derivation)
  assert.notEqual(await obtain(), first)
  keeper.dismiss(grant, derivation)
  await obtain()
  assert.equal(endpoint.questions.length, 2)
})

test('SEC-15: without a scope that covers it, a token endpoint is dialled as a public host', async (context) => {
  const { endpoint, obtain } = openDesk(context)
  await obtain()
  const options: DialOptions = { transport: 'tls', protocols: ['http/1.1'] }
  const destination = { scheme: 'https', host: 'auth.example.com', port: 443 }
  assert.deepEqual(endpoint.dialled, [[destination, options]])
})

test('W8: a locked vault gives out nothing that was kept; what lies encrypted is good once it is open', async (context) => {
  const { endpoint, keeper, obtain, vault } = openDesk(context)
  await obtain()
  vault.lock()
  await assert.rejects(obtain(), isProblem('vault_locked'))
  vault.unlock()
  keeper.forget()
  await obtain()
  assert.equal(endpoint.questions.length, 1)
})

test('SEC-10: nothing is asked while the journal cannot be written', async (context) => {
  const append = () => Promise.reject(new CoatcheckError('audit_unavailable'))
  const { endpoint, obtain } = openDesk(context, { append })
  await assert.rejects(obtain(), isProblem('audit_unavailable'))
  assert.deepEqual(endpoint.dialled, [])
})

/** Asks a desk for tokens of a registry, each for repositories of its own. */
function registryOf({ endpoint, grant, keeper }: Desk) {
  endpoint.answer = { status: 200, body: '{"token":"the-token-of-a-registry","expires_in":300}' }
  const { registry } = prepareInjection({ kind: 'registry', tokenUrl }).derivation!
  return (name: number) => {
    const scopes = [`repository:acme/shop${name}:pull`]
    return keeper.obtain(grant, registry!.derivationFor({ user: 'ann', service: null, scopes }))
  }
}

test('R-82: of the tokens that clients choose so many are kept; the one unused for longest gives way', async (context) => {
  const desk = openDesk(context)
  const obtain = registryOf(desk)
  for (let name = 0; name < 64; name += 1) assert.equal(await textOf(await obtain(name)), 'the-token-of-a-registry')
  await textOf(await obtain(0))
  assert.equal(desk.endpoint.dialled.length, 64)
  await textOf(await obtain(64))
  await textOf(await obtain(0))
  assert.equal(desk.endpoint.dialled.length, 65, 'the first was used again')
  await textOf(await obtain(1))
  assert.equal(desk.endpoint.dialled.length, 66)
  assert.equal(await desk.obtain().catch(({ code }) => code), 'token_unavailable', 'others are asked for as ever')
})

test('R-82: no more of them is asked for at one time', async (context) => {
  const desk = openDesk(context)
  const obtain = registryOf(desk)
  desk.endpoint.isSilent = true
  const asked = Array.from({ length: 64 }, (_, name) => Promise.resolve(obtain(name)).then(textOf))
  await assert.rejects(async () => obtain(64), { code: 'token_unavailable' })
  await desk.keeper.close()
  for (const each of await Promise.allSettled(asked)) assert.equal(each.status, 'rejected')
})

test('what clients choose is not shared by the brokers of a home', async (context) => {
  const desks = openTwoDesks(context)
  for (const desk of desks) await textOf(await registryOf(desk)(0))
  assert.equal(desks[0].endpoint.dialled.length, 2)
})

test('R-82: whom a service does not know is not asked for again at once, whatever the scopes are', async (context) => {
  const { endpoint, grant, keeper, pass } = openDesk(context)
  const { registry } = prepareInjection({ kind: 'registry', tokenUrl }).derivation!
  const obtain = async (user: string, name: string) =>
    textOf(
      await keeper.obtain(
        grant,
        registry!.derivationFor({ user, service: null, scopes: [`repository:acme/${name}:pull`] }),
      ),
    )
  const refused = { code: 'token_unavailable' }
  endpoint.answer = { status: 401, body: '{}' }
  for (const name of ['a', 'b', 'a', 'c']) await assert.rejects(obtain('ann', name), refused)
  assert.equal(endpoint.dialled.length, 1)
  pass(1_100)
  for (const name of ['d', 'e']) await assert.rejects(obtain('ann', name), refused)
  pass(1_100)
  await assert.rejects(obtain('ann', 'f'), refused)
  assert.equal(endpoint.dialled.length, 2, 'twice as long each time')
  await assert.rejects(obtain('bob', 'a'), refused)
  assert.equal(endpoint.dialled.length, 3, 'another one is asked for')
  pass(1_000)
  endpoint.answer = { status: 403, body: '{}' }
  await assert.rejects(obtain('ann', 'a'), refused)
  endpoint.answer = { status: 200, body: '{"token":"the-token-of-a-registry"}' }
  assert.equal(await obtain('ann', 'b'), 'the-token-of-a-registry', 'a 403 is about what was asked for')
  assert.equal(endpoint.dialled.length, 5)
})
