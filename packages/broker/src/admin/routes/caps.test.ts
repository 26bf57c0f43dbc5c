import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Cap, CapUsage, CreatedSandbox, Problem, UsageReport } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { type FakeServices, fakeServices } from '../fake-services.suite.ts'

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(() => {
  services = fakeServices()
  app = createAdminApp(services)
})

const day: Cap = { unit: 'usd', limit: 50, window: 'day' }
const hour: Cap = { unit: 'requests', limit: 100, window: 'hour', rolling: true }

async function call<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const text = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const reply = await app.request(path, { method, ...text })
  return { status: reply.status, body: (await reply.json()) as Body }
}

const brief = ({ on, id, text, used, reserved }: CapUsage) => [on, id, text, used, reserved]

test('G4: the caps of the project are set, shown with what was used, and taken away', async () => {
  const set = await call<UsageReport>('PUT', '/v1/caps/project', { caps: [day, hour] })
  assert.equal(set.status, 200)
  assert.deepEqual(set.body.items.map(brief), [
    ['project', 'default', '50usd/day', 0, 0],
    ['project', 'default', '100requests/rolling-hour', 0, 0],
  ])
  assert.deepEqual((await call<UsageReport>('GET', '/v1/usage')).body, set.body)
  assert.deepEqual((await call<UsageReport>('PUT', '/v1/caps/project', { caps: [] })).body.items, [])
  assert.deepEqual((await call<UsageReport>('GET', '/v1/usage')).body.items, [])
})

test('G4: those of a secret stand under its name, those of a sandbox and a grant under their ids', async () => {
  await call('POST', '/v1/secrets', { name: 'stripe', provider: 'stripe', value: 'sk_live_0123456789abcdefghijkl' })
  const sandbox = (await call<CreatedSandbox>('POST', '/v1/sandboxes', { secrets: { KEY: 'stripe' } })).body
  const grant = sandbox.grants[0]!.id
  for (const [on, id] of [
    ['secret', 'stripe'],
    ['sandbox', sandbox.id],
  ] as const) {
    const { status, body } = await call<UsageReport>('PUT', `/v1/caps/${on}/${id}`, { caps: [day] })
    assert.deepEqual([status, body.items.length, body.items[0]?.on], [200, 1, on], `${on} ${grant}`)
  }
  assert.equal((await call<UsageReport>('GET', '/v1/usage')).body.items.length, 2)
})

test('R-89: what is not there has no caps', async () => {
  for (const [path, code] of [
    ['/v1/caps/secret/none', 'secret_not_found'],
    ['/v1/caps/sandbox/sbx_none', 'sandbox_not_found'],
    ['/v1/caps/grant/grt_none', 'grant_not_found'],
    ['/v1/caps/token/tok_none', 'not_found'],
    ['/v1/caps/key/key_none', 'not_found'],
  ] as const) {
    const { status, body } = await call<Problem>('PUT', path, { caps: [day] })
    assert.deepEqual([status, body.code], [404, code], path)
  }
  assert.deepEqual((await call<UsageReport>('GET', '/v1/usage')).body.items, [])
})

test('a cap that counts nothing, or nothing that can be counted, is refused, and what stood stays', async () => {
  await call('PUT', '/v1/caps/project', { caps: [day] })
  for (const cap of [
    { ...day, limit: 0 },
    { ...day, limit: -5 },
    { ...day, limit: '50' },
    { ...day, limit: 1e-10 },
    { ...day, limit: 2_000_000 },
    { ...day, unit: 'eur' },
    { ...day, window: 'year' },
    { ...day, window: 'total', rolling: true },
    { ...day, window: 'total', breaker: true },
    { ...day, perRequest: 51 },
    { ...hour, limit: 1.5 },
    { ...day, more: true },
  ]) {
    const { status, body } = await call<Problem>('PUT', '/v1/caps/project', { caps: [cap] })
    assert.deepEqual([status, body.code], [400, 'request_invalid'], JSON.stringify(cap))
  }
  for (const body of [{}, { caps: null }, { caps: [day, { ...day, limit: 1 }] }, { caps: Array(33).fill(hour) }]) {
    assert.equal((await call('PUT', '/v1/caps/project', body)).status, 400, JSON.stringify(body).slice(0, 80))
  }
  const { items } = (await call<UsageReport>('GET', '/v1/usage')).body
  assert.deepEqual(items.map(brief), [['project', 'default', '50usd/day', 0, 0]])
})

test('A2: a change is in the journal before it holds, and does not hold where it cannot be', async () => {
  await call('PUT', '/v1/caps/project', { caps: [day] })
  const [entry] = services.auditLog.events.filter(({ kind }) => kind === 'caps.set')
  assert.deepEqual([entry?.subject, entry?.note], ['project default', '50usd/day'])
  services.auditLog.full = true
  assert.equal((await call('PUT', '/v1/caps/project', { caps: [] })).status, 503)
  assert.equal((await call<UsageReport>('GET', '/v1/usage')).body.items.length, 1)
})
