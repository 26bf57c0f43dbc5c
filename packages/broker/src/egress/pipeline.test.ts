import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CoatcheckError, type Scope } from '@coatcheck/contract'
import type { Injection } from '../injection/injector.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Errands } from './errands.ts'
import type { Exchange } from './exchange.ts'
import { type Changeable, type ExchangeScene, openExchangeScene } from './exchange-scene.suite.ts'
import { carryExchange } from './pipeline.ts'
import { refuse } from './refusal.ts'
import type { RoutedScope } from './routes.ts'

const host = 'api.service.test'
const project = 'default'
const scopes: readonly Scope[] = [{ to: host, inject: { kind: 'bearer' } }]

/** An exchange that will succeed, with everything that it needs. */
interface Scene extends Omit<ExchangeScene, 'sent'> {
  readonly exchange: Changeable<Exchange>
  /** Values of Authorization that were sent. */
  readonly sent: string[]
}

function openScene(context: TestContext): Scene {
  const scene = openExchangeScene(createInstallation(context).open(), {
    API: { value: 'the-real-value-of-the-key', scopes },
  })
  const fields = [{ name: 'Authorization', value: `Bearer ${scene.env['API']}` }]
  const sent: string[] = []
  scene.carrier.relay = async (head, _rules, settle) => {
    sent.push(head.fields[0]!.value)
    await settle({ status: 200, bytesSent: 0, bytesReceived: 0 })
  }
  return { ...scene, sent, exchange: scene.begin({ host, target: '/v1', fields }) }
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

/** An injection that finds its place and fails when it should write there. */
function failingAtLast(injection: Injection): Injection {
  return {
    ...injection,
    apply() {
      throw new TypeError('the words of an unexpected error')
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
  [
    'the look-up of placeholders',
    ({ exchange, services }) => {
      Object.assign(services, { lookup: () => assert.fail() })
      // One of its own is known without it.
      exchange.head.fields.push({ name: 'X-Other', value: `coatcheck_${'k'.repeat(24)}` })
    },
  ],
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
  test(`when ${what} throws, the request is refused before anything is dialled, and counted (R-56, AC-8.4)`, async (context) => {
    const scene = openScene(context)
    sabotage(scene)
    await carryExchange(scene.exchange, scene.services)
    assert.deepEqual([scene.dialled, scene.sent, scene.refused], [[], [], ['internal']])
    assert.deepEqual(
      scene.audited.map(({ kind, code }) => [kind, code]),
      [['exchange.refused', 'internal']],
    )
    assert.ok(!JSON.stringify(scene.audited).includes('words'), 'the words of the error stay inside')
    assert.equal(scene.services.faults.total, 1)
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
  ['the injector', (scene) => changeScope(scene, ({ injection }) => ({ injection: failingAtLast(injection) }))],
]
for (const [what, sabotage] of afterDialling) {
  test(`when ${what} throws after the service was dialled, not a byte is sent, and it is counted (R-56, AC-8.4)`, async (context) => {
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
    assert.equal(scene.services.faults.total, 1)
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
  scene.carrier.relay = async (_head, _rules, settle) => {
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
  scene.carrier.inspectBody = async (_placeholders, ending) => {
    scene.end(refuse('grant_expired'))
    throw ending.reason
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

/** Errands that take a moment, in which something happens before each request to a service. */
function errandsDuring(happen: () => void): Errands {
  const prepare = async (): Promise<void> => {
    await Promise.resolve()
    happen()
  }
  return { look: prepare, prepare, fetchValues: () => undefined, dismissValue() {} }
}

test('SEC-01: an exchange whose secret was deleted while rows were fetched is not sent', async (context) => {
  const scene = openScene(context)
  let turns = 0
  scene.services.errands = errandsDuring(() => {
    turns += 1
    if (turns === 1) scene.services.vault.delete(project, 'api')
  })
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual(scene.sent, [])
  assert.equal(scene.refused.length, 1)
  assert.equal(turns, 2)
})

test('SEC-01: an exchange is refused where each look finds that authority changed meanwhile', async (context) => {
  const scene = openScene(context)
  scene.services.errands = errandsDuring(() => {
    using next = new SecretValue(Buffer.from('the-next-value-of-the-key'))
    scene.services.vault.rotate(project, 'api', next)
  })
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual([scene.sent, scene.refused], [[], ['grant_ended']])
})

test('values that have to be fetched are there before they are revealed', async (context) => {
  const scene = openScene(context)
  const { vault } = scene.services
  let isFetched = false
  const errands = {
    ...errandsDuring(() => {}),
    async fetchValues() {
      await Promise.resolve()
      isFetched = true
    },
  }
  const reveal = (secretId: string) => {
    if (!isFetched) throw new CoatcheckError('secret_not_found')
    return vault.reveal(secretId)
  }
  await carryExchange(scene.exchange, { ...scene.services, errands, vault: { reveal } })
  assert.deepEqual(scene.sent, ['Bearer the-real-value-of-the-key'])
})

test('where authority did not change on the way, nothing is asked about the head again', async (context) => {
  const scene = openScene(context)
  const heads: unknown[] = []
  scene.services.errands = {
    ...errandsDuring(() => {}),
    prepare(_sandboxId, head) {
      heads.push(head)
      return undefined
    },
  }
  await carryExchange(scene.exchange, scene.services)
  assert.deepEqual([heads, scene.sent], [[undefined], ['Bearer the-real-value-of-the-key']])
})
