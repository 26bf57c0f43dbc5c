import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CoatcheckError,
  type CreatedSandbox,
  type NetworkRule,
  type SandboxCreate,
  type Scope,
} from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type RawOrigin, startRawOrigin } from './raw-origin.ts'
import { type Asking, type Place, sendBy, waysIn } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const sub = 'sub.service.test'
const open = 'open.service.test'
const denied = 'denied.service.test'
const root = createTlsRoot()
const keys = { narrow: makeCanary('sk-one-').value, broad: makeCanary('sk-two-').value }
const absoluteForm = waysIn.find(({ name }) => name === 'absolute-form')!

let origin: RawOrigin
let world: World
let pin: NonNullable<NetworkRule['pin']>

before(async () => {
  origin = await startRawOrigin(root, async ({ body, socket }) => {
    await body()
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  pin = { address: '127.0.0.1', port: origin.port }
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  await world.client.secrets.create({ name: 'narrow', value: keys.narrow, scopes: [scope(api)] })
  await world.client.secrets.create({ name: 'broad', value: keys.broad, scopes: [scope('*.service.test')] })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

function scope(to: string, inject: Scope['inject'] = { kind: 'bearer' }): Scope {
  return { to, inject, pin, roots: root.certificate }
}

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]))
}

/** What a request with such a credential comes to: the answer, and the credentials that the service saw. */
async function verdictOf(sandbox: CreatedSandbox, host: string, credential: string | undefined) {
  const before = origin.requests.length
  const headers = credential === undefined ? [] : [['Authorization', `Bearer ${credential}`] as const]
  const asking: Asking = { host, secret: 'narrow', target: '/order', headers }
  const place: Place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Inside }
  const { status, code } = await sendBy(absoluteForm, place, asking)
  const seen = origin.requests.slice(before).map(({ fields }) => fields.filter((line) => /^(?:auth|x-key)/i.test(line)))
  return { status, code, seen }
}

async function verdictsOf(sandbox: CreatedSandbox) {
  const { env } = await world.client.sandboxes.connect(sandbox.id)
  const found: Record<string, unknown> = {}
  for (const host of [api, sub, denied, 'elsewhere.test']) {
    for (const name of ['NARROW', 'BROAD', 'none']) found[`${host} ${name}`] = await verdictOf(sandbox, host, env[name])
  }
  const { network } = await world.client.explain({
    sandbox: sandbox.id,
    method: 'GET',
    url: `https://${open}/`,
    headers: [],
  })
  return { ...found, [open]: network?.effect }
}

test('R-29: in whatever order grants and rules were made, the verdicts are the same', async () => {
  const steps: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    narrow: (id) => world.client.sandboxes.attach(id, 'NARROW', { secret: 'narrow' }),
    broad: (id) => world.client.sandboxes.attach(id, 'BROAD', { secret: 'broad' }),
    deny: (id) => world.client.sandboxes.update(id, { network: { deny: [denied] } }),
    allow: (id) =>
      world.client.sandboxes.update(id, {
        network: {
          allow: [
            { to: open, pin },
            { to: api, pin },
          ],
        },
      }),
  }
  let expected: Awaited<ReturnType<typeof verdictsOf>> | undefined
  for (const order of permutations(Object.keys(steps))) {
    const sandbox = await world.client.sandboxes.create({ from: ['127.0.0.0/8'] })
    for (const name of order) await steps[name]!(sandbox.id)
    const found = await verdictsOf(sandbox)
    expected ??= found
    assert.deepEqual(found, expected, order.join(', '))
    await world.client.sandboxes.end(sandbox.id)
  }
  const passed = (value: string) => ({ status: 200, code: undefined, seen: [[`Authorization: Bearer ${value}`]] })
  assert.deepEqual(expected?.[`${api} NARROW` as keyof typeof expected], passed(keys.narrow))
  assert.deepEqual(expected?.[`${api} BROAD` as keyof typeof expected], passed(keys.broad))
  assert.deepEqual(expected?.[`${sub} BROAD` as keyof typeof expected], passed(keys.broad))
  const refused = { status: 403, code: 'destination_denied', seen: [] }
  assert.deepEqual(expected?.[`${denied} none` as keyof typeof expected], refused)
})

test('R-29: an order of scopes that would hide one is refused; all others, and those of rules in a list, give the same verdicts', async () => {
  const scopes = [
    scope(api),
    scope('*.service.test'),
    scope('~^(?:api|sub)\\.service\\.test$'),
    scope(sub, { kind: 'header', name: 'X-Key' }),
  ]
  const allow = [
    { to: open, pin },
    { to: '*.service.test', pin },
    { to: api, pin },
  ] as const
  const value = makeCanary('sk-all-').value
  let expected: unknown
  let hidden = 0
  for (const [index, order] of permutations(scopes).entries()) {
    const name = `all-${index}`
    const created = await world.client.secrets.create({ name, value, scopes: order }).catch((error: unknown) => error)
    if (isHiding(created)) {
      hidden += 1
      continue
    }
    const rules = permutations(allow)[index % 6]!
    const secrets = index % 2 === 0 ? { NARROW: name, BROAD: 'broad' } : { BROAD: 'broad', NARROW: name }
    const sandbox = await world.client.sandboxes.create({ from: ['127.0.0.0/8'], secrets, network: { allow: rules } })
    const found = await verdictsOf(sandbox)
    expected ??= found
    assert.deepEqual(found, expected, order.map(({ to }) => to).join(', '))
    await world.client.sandboxes.end(sandbox.id)
    await world.client.secrets.delete(name)
  }
  // Both exact hosts stand before the wildcard in a third of all orders.
  assert.equal(hidden, 16)
})

function isHiding(created: unknown): boolean {
  return created instanceof CoatcheckError && /comes first and covers it/.test(created.message)
}

const nothing: readonly [what: string, input: SandboxCreate][] = [
  ['no network', {}],
  ['an empty network', { network: {} }],
  ['an empty list of what is allowed', { network: { allow: [] } }],
  ['two empty lists', { network: { allow: [], deny: [] } }],
  ['no secrets', { secrets: {}, credentials: {}, network: { allow: [] } }],
]

for (const [what, input] of nothing) {
  test(`R-32: ${what} means that nothing is allowed`, async () => {
    const sandbox = await world.client.sandboxes.create({ ...input, from: ['127.0.0.0/8'] })
    for (const host of [api, sub, 'elsewhere.test']) {
      const { status, code, seen } = await verdictOf(sandbox, host, undefined)
      assert.deepEqual([status, code, seen], [403, 'destination_denied', []])
    }
    await world.client.sandboxes.end(sandbox.id)
  })
}

test('R-32: a list that becomes empty allows nothing, and one that was not said stays', async () => {
  const sandbox = await world.client.sandboxes.create({ network: { allow: [{ to: open, pin }] } })
  const effect = async () => {
    const asked = { sandbox: sandbox.id, method: 'GET', url: `https://${open}/`, headers: [] }
    return (await world.client.explain(asked)).network?.effect
  }
  assert.equal(await effect(), 'tunnel')
  await world.client.sandboxes.update(sandbox.id, { network: { deny: [] } })
  assert.equal(await effect(), 'tunnel')
  await world.client.sandboxes.update(sandbox.id, { network: { allow: [] } })
  assert.equal(await effect(), 'deny')
  await world.client.sandboxes.end(sandbox.id)
})

const wrong: readonly [what: string, act: () => Promise<unknown>][] = [
  ['a secret without scopes', () => world.client.secrets.create({ name: 'bare', value: 'x'.repeat(40), scopes: [] })],
  ['a secret that loses its scopes', () => world.client.secrets.update('narrow', { scopes: [] })],
  ['a list that is null', () => world.client.sandboxes.create({ network: { allow: null as never } })],
  ['a network that is null', () => world.client.sandboxes.create({ network: null as never })],
  ['an empty rule to allow', () => world.client.sandboxes.create({ network: { allow: [''] } })],
  ['an empty rule to deny', () => world.client.sandboxes.create({ network: { deny: [''] } })],
  ['a rule without a host', () => world.client.sandboxes.create({ network: { allow: [{ to: '' }] } })],
  [
    'a scope without a host',
    () => world.client.secrets.create({ name: 'bare', value: 'x'.repeat(40), scopes: [scope('')] }),
  ],
  ['a text for a list', () => world.client.sandboxes.create({ network: { allow: '*' as never } })],
]

for (const [what, act] of wrong) {
  test(`R-32: ${what} is refused, and never means everything`, async () => {
    await assert.rejects(act, { code: 'request_invalid' })
  })
}
