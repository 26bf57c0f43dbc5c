import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { AuditEvent } from '@coatcheck/contract'
import { renderEntry } from '../audit/render-entry.ts'
import type { Clock } from '../foundation/clock.ts'
import type { HeaderField } from '../http/header-field.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { ExchangeFront } from './exchange-front.ts'
import { type ExchangeScene, openExchangeScene } from './exchange-scene.suite.ts'
import type { ArrivedRequest } from './http-plane.ts'
import { type KnownRequest, KnownRequests, textOfRequest } from './known-requests.ts'
import { LiveExchanges } from './live-exchanges.ts'

const host = 'api.service.test'
const other = 'other.service.test'
const project = 'default'
const scopeOf = (to: string) => ({ to, inject: { kind: 'bearer' } })

/** What one request says, in the way that a client of HTTP/1.1 says it. */
interface Asked {
  readonly to?: string
  readonly method?: string
  readonly target?: string
  readonly fields?: readonly (readonly [string, string])[]
}

/** A front over a real database that counts how often a verdict was reached, and not remembered. */
interface FrontScene extends ExchangeScene {
  readonly installation: ReturnType<ReturnType<typeof createInstallation>['open']>
  readonly second: ReturnType<ReturnType<typeof createInstallation>['open']>
  readonly front: ExchangeFront
  readonly clock: { ms: number }
  readonly sandboxId: string
  readonly usual: readonly (readonly [string, string])[]
  judged(): number
  /** Value of Authorization that the service got, or the code of the refusal. */
  ask(asked?: Asked): Promise<string>
}

function openFront(context: TestContext): FrontScene {
  const time = { ms: Date.now() }
  const clock: Clock = { now: () => new Date(time.ms), monotonicMs: () => time.ms }
  const folder = createInstallation(context)
  const [installation, second] = [folder.open(clock), folder.open(clock)]
  const scene = openExchangeScene(installation, {
    API: { value: 'the-real-value-of-the-key', scopes: [host, other].map(scopeOf) },
    // Its scope does not cover what is asked for.
    FAR: { value: 'the-real-value-of-another', scopes: [scopeOf('far.service.test')] },
  })
  const { routes, lookup, plane } = scene.services
  let judged = 0
  scene.services.routes = new Proxy(routes, {
    get(_target, name) {
      if (name === 'routesOf') judged += 1
      const found: unknown = Reflect.get(routes, name, routes)
      return typeof found === 'function' ? found.bind(routes) : found
    },
  })
  scene.services.lookup = lookup
  scene.services.plane = { ...plane, connections: () => ({ serve() {} }), forget() {} }
  const { sandbox } = scene.begin({ host }).routes
  const front = new ExchangeFront(sandbox, scene.services, new LiveExchanges())
  const usual = [
    ['Host', host],
    ['Accept', '*/*'],
    ['X-A', '1'],
    ['Authorization', `Bearer ${scene.env['API']}`],
  ] as const
  const ask = async ({
    to = host,
    method = 'GET',
    target = '/v1?a=b',
    fields = usual,
  }: Asked = {}): Promise<string> => {
    const [refused, sent] = [scene.refused.length, scene.sent.length]
    await front.answer(arrivedFrom(scene, method, target, fields), {
      arrival: { sandboxId: sandbox.id, destination: { scheme: 'https', host: to, port: 443 } },
      tcp: undefined as never,
    })
    const found = scene.sent[sent]?.fields.find(({ name }) => name.toLowerCase() === 'authorization')
    return scene.refused[refused] ?? found?.value ?? 'bare'
  }
  return {
    ...scene,
    installation,
    second,
    front,
    clock: time,
    sandboxId: sandbox.id,
    usual,
    judged: () => judged,
    ask,
  }
}

function arrivedFrom(
  { carrier }: ExchangeScene,
  method: string,
  target: string,
  pairs: readonly (readonly [string, string])[],
): ArrivedRequest {
  const fields: HeaderField[] = pairs.map(([name, value]) => ({ name, value }))
  return { method, target, fields, carrier, closeBehind() {}, onGone() {} } as ArrivedRequest
}

const secretIdOf = ({ begin }: FrontScene): string => {
  return begin({ host }).routes.grants.find(({ secretName }) => secretName === 'api')!.grant.secretId
}
const real = 'Bearer the-real-value-of-the-key'

test('an equal request gets the verdict of the one before', async (context) => {
  const scene = openFront(context)
  for (let round = 0; round < 5; round += 1) assert.equal(await scene.ask(), real)
  assert.equal(scene.judged(), 1)
})

test('A2: the records of a remembered request say what those of the first one say', async (context) => {
  const scene = openFront(context)
  await scene.ask()
  await scene.ask()
  assert.equal(scene.audited.filter(({ prepared }) => prepared !== undefined).length, 2)
  const [intent, outcome, ...remembered] = scene.audited.map((entry) => {
    const { id, latencyMs, ...rest } = JSON.parse(renderEntry(entry, new Date(0))) as AuditEvent
    assert.match(id, /^exc_/)
    assert.equal(typeof latencyMs, entry.kind === 'exchange.completed' ? 'number' : 'undefined')
    return rest
  })
  assert.deepEqual(remembered, [intent, outcome])
  assert.deepEqual(
    [intent!.kind, outcome!.kind, intent!.secrets],
    ['exchange.intended', 'exchange.completed', ['api@1']],
  )
})

test('requests that differ in the length of their body alone are equal', async (context) => {
  const scene = openFront(context)
  for (const length of ['1', '22', '333']) {
    await scene.ask({ method: 'POST', fields: [...scene.usual, ['Content-Length', length]] })
  }
  assert.equal(scene.judged(), 1)
})

const differences: readonly (readonly [string, (usual: FrontScene['usual']) => Asked])[] = [
  ['method', () => ({ method: 'POST' })],
  ['letters of the method', () => ({ method: 'get' })],
  ['target', () => ({ target: '/v1?a=c' })],
  ['letters of the target', () => ({ target: '/V1?a=b' })],
  ['destination', () => ({ to: other })],
  ['order of fields', (usual) => ({ fields: [usual[0]!, usual[2]!, usual[1]!, usual[3]!] })],
  ['letters of a name', (usual) => ({ fields: usual.map(([name, value]) => [name.toLowerCase(), value] as const) })],
  ['repetition of a field', (usual) => ({ fields: [...usual, ['X-A', '1']] })],
  ['a further field', (usual) => ({ fields: [...usual, ['X-B', '']] })],
  ['a value', (usual) => ({ fields: usual.map(([name, value]) => [name, value === '1' ? '2' : value] as const) })],
  ['a field less', (usual) => ({ fields: usual.filter(([name]) => name !== 'X-A') })],
  ['another framing', (usual) => ({ fields: [...usual, ['Transfer-Encoding', 'chunked']] })],
]
for (const [what, change] of differences) {
  test(`a request is judged anew that differs in: ${what}`, async (context) => {
    const scene = openFront(context)
    await scene.ask()
    await scene.ask(change(scene.usual))
    assert.equal(scene.judged(), 2)
  })
}

test('a name and a value cannot be drawn apart to look like other ones', () => {
  const text = (...fields: readonly (readonly [string, string])[]): string =>
    textOfRequest(
      'https://a:443',
      'GET',
      '/',
      fields.map(([name, value]) => ({ name, value })),
    )
  const texts = [
    text(['A', 'b:c']),
    text(['A:b', 'c']),
    text(['A', 'b'], ['c', '']),
    text(['#', '']),
    text(['Content-Length', '1']),
    text(['Content-Length', '1'], ['', '']),
    text(['Content_Length', '1']),
    text(['Content-Length', '1'], ['A', 'b']),
    text(['A', 'b'], ['Content-Length', '1']),
  ]
  // A colon is no part of a name, so the parser never gives the second one.
  assert.equal(new Set(texts).size, texts.length - 1)
})

const changes: readonly (readonly [string, (scene: FrontScene) => unknown, string])[] = [
  ['an hour passed, and the sandbox expired', ({ clock }) => (clock.ms += 3_600_000), 'sandbox_expired'],
  [
    'the grant ended',
    (scene) => scene.installation.storage.sandboxes.endGrantsOf(secretIdOf(scene), new Date().toISOString()),
    'grant_ended',
  ],
  [
    'another process ended the grant',
    (scene) => scene.second.storage.sandboxes.endGrantsOf(secretIdOf(scene), new Date().toISOString()),
    'grant_ended',
  ],
  [
    'the value was rotated',
    ({ installation }) =>
      installation.vault.rotate(project, 'api', new SecretValue(Buffer.from('the-next-real-value-1'))),
    'Bearer the-next-real-value-1',
  ],
  [
    'another process rotated the value',
    ({ second }) => second.vault.rotate(project, 'api', new SecretValue(Buffer.from('the-next-real-value-2'))),
    'Bearer the-next-real-value-2',
  ],
  [
    'the scope was taken away',
    ({ installation }) => installation.vault.rescope(project, 'api', [scopeOf(other)], undefined),
    'placeholder_wrong_destination',
  ],
  [
    'the sandbox ended',
    ({ installation, sandboxId }) => installation.storage.sandboxes.end([sandboxId], new Date().toISOString()),
    'sandbox_expired',
  ],
  ['the vault was locked', ({ installation }) => installation.vault.lock(), 'secret_unavailable'],
]
for (const [what, change, expected] of changes) {
  test(`V5, N2: an equal request gets another verdict after ${what}`, async (context) => {
    const scene = openFront(context)
    for (let round = 0; round < 3; round += 1) assert.equal(await scene.ask(), real)
    await change(scene)
    for (let round = 0; round < 3; round += 1) assert.equal(await scene.ask(), expected)
    assert.equal(scene.sent.filter(({ fields }) => fields.some(({ value }) => value === real)).length, 3)
  })
}

test('SEC-14: the verdict lasts to the end of the sandbox and not a millisecond longer, and a clock set back gives none', async (context) => {
  const scene = openFront(context)
  const { expiresAt } = scene.begin({ host }).routes.sandbox
  await scene.ask()
  scene.clock.ms = new Date(expiresAt).getTime() - 1
  assert.equal(await scene.ask(), real)
  scene.clock.ms += 1
  assert.equal(await scene.ask(), 'sandbox_expired')
  scene.clock.ms -= 3_600_000
  assert.equal(await scene.ask(), 'secret_unavailable')
})

test('SEC-16, V5: a value that was rotated while its request was on its way is not remembered', async (context) => {
  const scene = openFront(context)
  const { vault } = scene.installation
  const open = scene.carrier.open
  const dialled = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  scene.carrier.open = async () => {
    dialled.resolve()
    await goOn.promise
  }
  const slow = scene.ask()
  await dialled.promise
  scene.carrier.open = open
  vault.rotate(project, 'api', new SecretValue(Buffer.from('the-next-real-value-3')))
  assert.equal(await scene.ask(), 'Bearer the-next-real-value-3')
  goOn.resolve()
  // It keeps the value that its intent names.
  await slow
  assert.ok(scene.sent.some(({ fields }) => fields.some(({ value }) => value === real)))
  for (let round = 0; round < 2; round += 1) assert.equal(await scene.ask(), 'Bearer the-next-real-value-3')
})

test('SEC-16: what ends after everything was forgotten brings nothing back', async (context) => {
  const scene = openFront(context)
  const { relay } = scene.carrier
  const goOn = Promise.withResolvers<void>()
  scene.carrier.relay = async (...parts) => {
    const declined = await relay(...parts)
    await goOn.promise
    return declined
  }
  const slow = scene.ask()
  scene.front.forget()
  goOn.resolve()
  await slow
  await scene.ask()
  assert.equal(scene.judged(), 2)
})

const unremembered: readonly (readonly [string, (scene: FrontScene) => Asked, string])[] = [
  [
    'a foreign credential',
    ({ usual }) => ({ fields: [usual[0]!, ['Authorization', 'Bearer somebody-elses-key-0123456789']] }),
    'foreign_credential',
  ],
  ['an alarm', ({ env, usual }) => ({ fields: [...usual, ['X-Copy', env['FAR']!]] }), 'placeholder_wrong_destination'],
  ['a method that is refused', () => ({ method: 'TRACE' }), 'method_refused'],
  ['a path that is ambiguous', () => ({ target: '/a/%2e%2e/b' }), 'path_ambiguous'],
]
for (const [what, asked, code] of unremembered) {
  test(`SEC-11: nothing is remembered of a request with ${what}, and each one is recorded`, async (context) => {
    const scene = openFront(context)
    for (let round = 1; round <= 3; round += 1) {
      assert.equal(await scene.ask(asked(scene)), code)
      assert.equal(scene.judged(), round)
      assert.equal(scene.audited.filter(({ kind }) => kind === 'exchange.refused').length, round)
    }
  })
}

test('a foreign credential that a scope lets pass or replaces is reported each time', async (context) => {
  const folder = createInstallation(context)
  const scene = openExchangeScene(folder.open(), {
    API: {
      value: 'the-real-value-of-the-key',
      scopes: [
        { to: host, inject: { kind: 'bearer' }, foreign: 'pass' },
        { to: other, inject: { kind: 'bearer' }, foreign: 'replace', attach: 'always' },
      ],
    },
  })
  scene.services.plane = { ...scene.services.plane, connections: () => ({ serve() {} }), forget() {} }
  const { sandbox } = scene.begin({ host }).routes
  const front = new ExchangeFront(sandbox, scene.services, new LiveExchanges())
  for (const to of [host, other]) {
    const before = scene.audited.length
    for (let round = 0; round < 3; round += 1) {
      const fields = [['Host', to] as const, ['Authorization', 'Bearer somebody-elses-key-0123456789'] as const]
      await front.answer(arrivedFrom(scene, 'GET', '/', fields), {
        arrival: { sandboxId: sandbox.id, destination: { scheme: 'https', host: to, port: 443 } },
        tcp: undefined as never,
      })
    }
    const records = scene.audited.slice(before)
    assert.deepEqual([records.length, records.filter(({ note }) => note === undefined).length], [6, 0])
  }
})

const known = (revision: number): KnownRequest => ({ revision, untilMs: Number.POSITIVE_INFINITY }) as KnownRequest

test('SEC-16: no value is kept ready for longer than a minute without use, and one in use is kept', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let nowMs = 0
  const requests = new KnownRequests(() => nowMs)
  const pass = (ms: number): void => {
    for (let step = 0; step < ms; step += 1_000) {
      nowMs += 1_000
      context.mock.timers.tick(1_000)
    }
  }
  requests.find('used', 1, 0)
  requests.add('used', known(1))
  requests.add('idle', known(1))
  pass(40_000)
  assert.ok(requests.find('used', 1, 0))
  pass(20_000)
  assert.ok(requests.find('used', 1, 0))
  assert.equal(requests.find('idle', 1, 0), undefined)
  pass(60_000)
  assert.equal(requests.find('used', 1, 0), undefined)
})

test('what was decided under another revision is neither found nor taken', () => {
  const requests = new KnownRequests()
  requests.find('a', 1, 0)
  requests.add('a', known(1))
  assert.ok(requests.find('a', 1, 0))
  assert.equal(requests.find('a', 2, 0), undefined)
  requests.add('a', known(1))
  assert.equal(requests.find('a', 2, 0), undefined)
  assert.equal(requests.find('a', 1, 0), undefined)
  requests.forget()
})

test('a text that is too long is not kept, and of many the oldest goes', () => {
  const requests = new KnownRequests()
  requests.find('', 1, 0)
  requests.add('x'.repeat(4_097), known(1))
  assert.equal(requests.find('x'.repeat(4_097), 1, 0), undefined)
  for (let index = 0; index <= 256; index += 1) requests.add(`n${index}`, known(1))
  assert.equal(requests.find('n0', 1, 0), undefined)
  assert.ok(requests.find('n1', 1, 0))
  requests.forget()
})
