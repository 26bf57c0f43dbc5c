import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { CoatcheckError, type ProblemCode, type Scope } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Injection } from '../injection/injector.ts'
import { issueGrants } from '../sandbox/issue-grants.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Carrier, Exchange } from './exchange.ts'
import { carryExchange, type PipelineServices } from './pipeline.ts'
import { type Refusal, refuse } from './refusal.ts'
import { RouteTable } from './route-table.ts'
import type { RoutedScope } from './routes.ts'

const host = 'api.service.test'
const project = 'default'
const scopes: readonly Scope[] = [{ to: host, inject: { kind: 'bearer' } }]

type Changeable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** An exchange that will succeed, with everything that it needs. */
interface Scene {
  readonly services: Changeable<PipelineServices>
  readonly exchange: Changeable<Exchange>
  readonly carrier: Changeable<Carrier>
  /** Aborts the exchange. */
  abort(refusal: Refusal): void
  readonly audited: AuditEntry[]
  readonly refused: ProblemCode[]
  /** Connections that were dialled. */
  readonly dialled: PassThrough[]
  /** Values of Authorization that were sent. */
  readonly sent: string[]
}

function openScene(context: TestContext): Scene {
  const { keyRing, storage, vault } = createInstallation(context).open()
  const ephemeral = new EphemeralSecrets(keyRing)
  const { clock, revision, sandboxes } = storage
  const routes = new RouteTable({ ephemeral, keyRing, revision, sandboxes, vault })
  using value = new SecretValue(Buffer.from('the-real-value-of-the-key'))
  vault.create({ project, name: 'api', provider: null, shape: null, scopes, rotationDays: null, weak: false }, value)
  const sandbox = makeSandbox()
  const { grants, env } = issueGrants(sandbox, { secrets: { KEY: 'api' } }, { clock, ephemeral, keyRing, vault })
  sandboxes.create(sandbox, grants)

  const [audited, refused, dialled, sent]: [AuditEntry[], ProblemCode[], PassThrough[], string[]] = [[], [], [], []]
  const services: Changeable<PipelineServices> = {
    audit: { append: async (entry) => void audited.push(entry) },
    clock,
    ephemeral,
    lookup: (text) => sandboxes.findGrantByPlaceholder(keyRing.indexPlaceholder(text)),
    revision,
    routes,
    upstream: {
      async dial() {
        const connection = new PassThrough()
        dialled.push(connection)
        return connection
      },
    },
    vault,
  }
  const carrier: Changeable<Carrier> = {
    inspectBody: async () => undefined,
    async relay(_connection, head, _dropCookies, settle) {
      sent.push(head.fields[0]!.value)
      await settle({ status: 200, bytesSent: 0, bytesReceived: 0 })
    },
    refuse: ({ code }) => void refused.push(code),
  }
  const controller = new AbortController()
  const exchange: Changeable<Exchange> = {
    id: newIdentifier('exc'),
    arrival: { sandboxId: sandbox.id, destination: { scheme: 'https', host, port: 443 } },
    startedAtMs: clock.monotonicMs(),
    head: {
      method: 'GET',
      path: '/v1',
      query: '',
      fields: [
        { name: 'Authorization', value: `Bearer ${env['KEY']}` },
        { name: 'Host', value: host },
      ],
    },
    ambiguous: null,
    routes: routes.routesOf(sandbox.id),
    revision: revision.current(),
    carrier,
    signal: controller.signal,
    attachments: [],
    rule: null,
    reach: {},
  }
  return {
    services,
    exchange,
    carrier,
    abort: (refusal) => controller.abort(refusal),
    audited,
    refused,
    dialled,
    sent,
  }
}

function makeSandbox(): Sandbox {
  return {
    id: newIdentifier('sbx'),
    project,
    name: 'test',
    profile: 'locked',
    fence: 'kernel',
    holder: '',
    tokenHash: '',
    allow: [],
    deny: [],
    from: [],
    labels: {},
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    endedAt: null,
  }
}

/** The same object with one method that throws. */
function breaking<Part extends object>(part: Part, method: keyof Part): Part {
  const fail = () => {
    throw new TypeError('the words of an unexpected error')
  }
  // A target of its own: a proxy may not lie about the frozen properties of its target.
  return new Proxy({} as Part, {
    get(_target, name) {
      const found: unknown = name === method ? fail : Reflect.get(part, name, part)
      return typeof found === 'function' ? found.bind(part) : found
    },
  })
}

/** Replaces the one scope of the exchange's one grant. */
function changeScope({ exchange }: Scene, change: (scope: RoutedScope) => Partial<RoutedScope>): void {
  const [grant] = exchange.routes.grants
  const [scope] = grant!.scopes
  exchange.routes = { ...exchange.routes, grants: [{ ...grant!, scopes: [{ ...scope!, ...change(scope!) }] }] }
}

/** An injection that works on a copy of the head and fails on the head itself. */
function failingAtLast({ exchange }: Scene, injection: Injection): Injection {
  return {
    carries: (...args) => injection.carries(...args),
    check: (secret) => injection.check(secret),
    apply(head, ...rest) {
      if (head === exchange.head) throw new TypeError('the words of an unexpected error')
      injection.apply(head, ...rest)
    },
  }
}

test('an exchange is recorded before it is dialled, gets its secret, and has one outcome', async (context) => {
  const scene = openScene(context)
  const { services, dialled, audited } = scene
  const dial = services.upstream.dial
  services.upstream = {
    dial(...args) {
      assert.deepEqual(
        audited.map(({ kind }) => kind),
        ['exchange.intended'],
      )
      return dial(...args)
    },
  }
  await carryExchange(scene.exchange, services)
  assert.deepEqual(scene.sent, ['Bearer the-real-value-of-the-key'])
  assert.deepEqual(
    audited.map(({ kind }) => kind),
    ['exchange.intended', 'exchange.completed'],
  )
  assert.deepEqual(scene.refused, [])
  assert.equal(dialled[0]?.destroyed, true)
  assert.equal(scene.exchange.attachments[0]?.secret, undefined, 'the value was wiped')
})

const beforeDialling: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['the clock', ({ services }) => Object.assign(services, { clock: breaking(services.clock, 'now') })],
  [
    'the check of the clock',
    ({ services }) => Object.assign(services, { clock: breaking(services.clock, 'assertSane') }),
  ],
  ['the look-up of placeholders', (scene) => Object.assign(scene.services, { lookup: () => assert.fail() })],
  [
    'a destination pattern',
    (scene) => changeScope(scene, ({ pattern }) => ({ pattern: breaking(pattern, 'matches') })),
  ],
  [
    'an injector that looks for the placeholder',
    (scene) => changeScope(scene, ({ injection }) => ({ injection: breaking(injection, 'carries') })),
  ],
  [
    'the policy',
    ({ exchange }) =>
      Object.assign(exchange, { routes: { ...exchange.routes, policy: breaking(exchange.routes.policy, 'decide') } }),
  ],
  [
    'the look at the body',
    ({ exchange, carrier }) => Object.assign(exchange, { carrier: breaking(carrier, 'inspectBody') }),
  ],
  ['the vault', ({ services }) => Object.assign(services, { vault: breaking(services.vault, 'reveal') })],
]
for (const [what, sabotage] of beforeDialling) {
  test(`when ${what} throws, the request is refused before anything is dialled (R-56)`, async (context) => {
    const scene = openScene(context)
    sabotage(scene)
    await carryExchange(scene.exchange, scene.services)
    assert.deepEqual([scene.dialled, scene.sent, scene.refused], [[], [], ['internal']])
    assert.deepEqual(
      scene.audited.map(({ kind, code }) => [kind, code]),
      [['exchange.refused', 'internal']],
    )
    assert.ok(!JSON.stringify(scene.audited).includes('words'), 'the words of the error stay inside')
  })
}

const afterDialling: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['the revision', ({ services }) => Object.assign(services, { revision: breaking(services.revision, 'current') })],
  [
    'the compilation of changed routes',
    ({ services, exchange }) => {
      exchange.revision -= 1
      services.routes = breaking(services.routes, 'routesOf')
    },
  ],
  ['the injector', (scene) => changeScope(scene, ({ injection }) => ({ injection: failingAtLast(scene, injection) }))],
]
for (const [what, sabotage] of afterDialling) {
  test(`when ${what} throws after the service was dialled, not a byte is sent (R-56)`, async (context) => {
    const scene = openScene(context)
    sabotage(scene)
    await carryExchange(scene.exchange, scene.services)
    assert.deepEqual([scene.sent, scene.refused], [[], ['internal']])
    const [connection] = scene.dialled
    assert.deepEqual([connection?.readableLength, connection?.destroyed], [0, true])
    const recorded = scene.audited.map(({ kind, code }) => [kind, code])
    assert.deepEqual(recorded, [
      ['exchange.intended', undefined],
      ['exchange.completed', 'internal'],
    ])
    assert.equal(scene.exchange.attachments[0]?.secret, undefined, 'the value was wiped')
  })
}

test('when dialling or relaying throws, the client is told and the outcome says so (R-56)', async (context) => {
  const undialled = openScene(context)
  undialled.services.upstream = breaking(undialled.services.upstream, 'dial')
  await carryExchange(undialled.exchange, undialled.services)
  assert.deepEqual([undialled.sent, undialled.refused], [[], ['internal']])
  assert.equal(undialled.audited.at(-1)?.code, 'internal')
  const unrelayed = openScene(context)
  unrelayed.exchange.carrier = breaking(unrelayed.carrier, 'relay')
  await carryExchange(unrelayed.exchange, unrelayed.services)
  assert.deepEqual(unrelayed.refused, ['internal'])
  assert.equal(unrelayed.audited.at(-1)?.code, 'internal')
})

for (const [how, append] of [
  ['says that it cannot write', () => Promise.reject(new CoatcheckError('audit_unavailable'))],
  ['throws', () => assert.fail()],
] as const) {
  test(`when the journal ${how}, nothing is dialled, whatever was decided (R-45, R-56)`, async (context) => {
    const scene = openScene(context)
    scene.services.audit = { append }
    await carryExchange(scene.exchange, scene.services)
    assert.deepEqual([scene.dialled, scene.sent, scene.refused], [[], [], ['audit_unavailable']])
  })
}

test('when the outcome cannot be recorded, the client gets no end (R-45)', async (context) => {
  const scene = openScene(context)
  const { append } = scene.services.audit
  scene.services.audit = {
    append: (entry) =>
      entry.kind === 'exchange.intended' ? append(entry) : Promise.reject(new CoatcheckError('audit_unavailable')),
  }
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual(scene.refused, ['audit_unavailable'])
})

test('what ends an exchange behind its outcome adds no second one', async (context) => {
  const scene = openScene(context)
  scene.carrier.relay = async (_connection, _head, _dropCookies, settle) => {
    await settle({ status: 200, bytesSent: 0, bytesReceived: 0 })
    throw new CoatcheckError('client_disconnected')
  }
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual(
    scene.audited.map(({ kind }) => kind),
    ['exchange.intended', 'exchange.completed'],
  )
  assert.deepEqual(scene.refused, ['client_disconnected'], 'the carrier still closes the connection')
})

test('an exchange that was ended while it was judged is not dialled, and says what ended it', async (context) => {
  const scene = openScene(context)
  scene.carrier.inspectBody = async (_placeholders, signal) => {
    scene.abort(refuse('grant_expired'))
    throw signal.reason
  }
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual([scene.dialled, scene.sent, scene.refused], [[], [], ['grant_expired']])
})

test('an exchange whose secret was rotated while it was dialled goes out with the value of its intent', async (context) => {
  const scene = openScene(context)
  const { services } = scene
  const { dial } = services.upstream
  services.upstream = {
    dial(...args) {
      using next = new SecretValue(Buffer.from('the-next-value-of-the-key'))
      services.vault.rotate(project, 'api', next)
      return dial(...args)
    },
  }
  await carryExchange(scene.exchange, services)
  assert.deepEqual(scene.sent, ['Bearer the-real-value-of-the-key'])
  assert.deepEqual(scene.audited[0]?.secrets, ['api@1'])
})

test('an exchange whose secret was deleted while it was dialled is not sent', async (context) => {
  const scene = openScene(context)
  const { services } = scene
  const { dial } = services.upstream
  services.upstream = {
    dial(...args) {
      services.vault.delete(project, 'api')
      return dial(...args)
    },
  }
  await carryExchange(scene.exchange, services)
  assert.deepEqual(scene.sent, [])
  assert.equal(scene.refused.length, 1)
  assert.equal(scene.dialled[0]?.destroyed, true)
})
