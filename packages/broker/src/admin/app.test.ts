import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { CoatcheckError, type Problem } from '@coatcheck/contract'
import { createAdminApp } from './app.ts'
import { type FakeServices, fakeServices } from './fake-services.suite.ts'

const canary = 'sk_live_CaNaRy0123456789abcdefABCDEF'
const newer = 'sk_live_NeWeR00123456789abcdefABCDEF'

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(() => {
  services = fakeServices()
  app = createAdminApp(services)
})

interface Reply {
  readonly status: number
  readonly text: string
  readonly body: Record<string, unknown>
  readonly type: string
}

/** Sends a request and checks on the way what holds for every reply: no value, no caching. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const sent = body === undefined ? {} : { body: text }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await app.request(path, { method, headers: { ...type, ...headers }, ...sent })
  const answer = await response.text()
  for (const value of [canary, newer]) {
    assert.ok(!answer.includes(value.slice(8)), `${method} ${path} shows the value`)
    assert.ok(!JSON.stringify([...response.headers]).includes(value.slice(8)), `${method} ${path} shows the value`)
  }
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const parsed = answer === '' ? {} : JSON.parse(answer)
  return { status: response.status, text: answer, body: parsed, type: response.headers.get('content-type') ?? '' }
}

async function refused(status: number, code: Problem['code'], reply: Promise<Reply>): Promise<Problem> {
  const { body, status: actual, type, text } = await reply
  assert.deepEqual([actual, body['code']], [status, code], text)
  assert.equal(type, 'application/problem+json')
  assert.equal(body['status'], status)
  return body as unknown as Problem
}

const bearer = { to: 'api.example.com', inject: { kind: 'bearer' } }
const store = (name = 'stripe'): Promise<Reply> =>
  call('POST', '/v1/secrets', { name, value: canary, provider: 'stripe' })
const kinds = (): string[] => services.auditLog.events.map(({ kind }) => kind)

test('V1: a secret made from a provider is answered with metadata, scopes from the catalog, and no value', async () => {
  const { status, body } = await store()
  assert.equal(status, 201)
  assert.match(String(body['id']), /^sec_/)
  assert.deepEqual(Object.keys(body).sort(), [
    'createdAt',
    'id',
    'lastUsedAt',
    'name',
    'provider',
    'rotationDays',
    'rotationDue',
    'scopes',
    'updatedAt',
    'version',
    'weak',
  ])
  assert.equal((body['scopes'] as { to: string }[])[0]?.to, 'api.stripe.com')
  assert.equal(services.vault.get('default', 'stripe').shape, 'live secret key')
  services.vault.reveal(String(body['id'])).value.use((bytes) => assert.equal(Buffer.from(bytes).toString(), canary))
})

test('a secret with scopes of its own needs no provider, and tells when its rotation is due', async () => {
  const { status, body } = await call('POST', '/v1/secrets', {
    name: 'own',
    value: canary,
    scopes: [bearer],
    rotationDays: 30,
  })
  assert.equal(status, 201)
  const due = Date.parse(String(body['rotationDue'])) - Date.parse(String(body['createdAt']))
  assert.equal(due, 30 * 24 * 3_600_000)
  assert.equal(services.vault.get('default', 'own').shape, null)
})

test('secrets are listed in pages', async () => {
  for (const name of ['c', 'a', 'b']) await store(name)
  const first = await call('GET', '/v1/secrets?limit=2')
  assert.deepEqual(
    (first.body['items'] as { name: string }[]).map(({ name }) => name),
    ['a', 'b'],
  )
  const second = await call('GET', `/v1/secrets?limit=2&cursor=${first.body['cursor']}`)
  assert.deepEqual(
    (second.body['items'] as { name: string }[]).map(({ name }) => name),
    ['c'],
  )
  assert.equal(second.body['cursor'], null)
})

test('a rotated secret has the next version and its old scopes', async () => {
  await store()
  const { status, body } = await call('POST', '/v1/secrets/stripe/rotate', { value: newer })
  assert.deepEqual([status, body['version']], [200, 2])
  services.vault.reveal(String(body['id'])).value.use((bytes) => assert.equal(Buffer.from(bytes).toString(), newer))
})

test('SEC-02: a scope is widened with the value and narrowed without it', async () => {
  await store()
  await refused(403, 'value_required', call('PATCH', '/v1/secrets/stripe', { scopes: [bearer] }))
  await refused(403, 'value_required', call('PATCH', '/v1/secrets/stripe', { scopes: [bearer], value: newer }))
  assert.equal((await call('PATCH', '/v1/secrets/stripe', { scopes: [bearer], value: canary })).status, 200)
  assert.equal((await call('PATCH', '/v1/secrets/stripe', { scopes: [bearer] })).status, 200)
})

test('a deleted secret takes its grants with it', async () => {
  const { body } = await store()
  assert.equal((await call('DELETE', '/v1/secrets/stripe')).status, 204)
  assert.deepEqual(services.grants.endedSecrets, [body['id']])
  await refused(404, 'secret_not_found', call('GET', '/v1/secrets/stripe'))
  await refused(404, 'secret_not_found', call('DELETE', '/v1/secrets/stripe'))
})

test('every management action stands in the journal before it is answered', async () => {
  await store()
  await call('POST', '/v1/secrets/stripe/rotate', { value: newer })
  await call('PATCH', '/v1/secrets/stripe', { scopes: [bearer], value: newer })
  await call('DELETE', '/v1/secrets/stripe')
  await call('POST', '/v1/vault/lock')
  await call('POST', '/v1/vault/unlock')
  await call('POST', '/v1/vault/confirm-rollback')
  assert.deepEqual(kinds(), [
    'secret.created',
    'secret.rotated',
    'secret.rescoped',
    'secret.deleted',
    'vault.locked',
    'vault.unlocked',
    'vault.rollback-confirmed',
  ])
  assert.ok(!JSON.stringify(services.auditLog.events).includes(canary.slice(8)))
})

test('a secret that the journal cannot record does not come into being', async () => {
  services.auditLog.full = true
  await refused(503, 'audit_unavailable', store())
  services.auditLog.full = false
  await refused(404, 'secret_not_found', call('GET', '/v1/secrets/stripe'))
})

test('the vault can be locked while the journal is full, and not unlocked', async () => {
  services.auditLog.full = true
  await refused(503, 'audit_unavailable', call('POST', '/v1/vault/lock'))
  assert.equal(services.vault.state, 'locked')
  await refused(503, 'audit_unavailable', call('POST', '/v1/vault/unlock'))
  assert.equal(services.vault.state, 'locked')
})

test('AC-23.3: a listener that takes no connections is not ready', async () => {
  for (const listeners of ['closed', 'starved'] as const) {
    services.status = () => ({ ...fakeServices().status(), listeners })
    await refused(503, 'listeners_unready', call('GET', '/readyz'))
    assert.equal((await call('GET', '/healthz')).status, 200)
  }
})

test('AC-23.3: a locked vault shows metadata, takes no value, and is not ready', async () => {
  await store()
  assert.equal((await call('GET', '/readyz')).status, 200)
  assert.equal((await call('POST', '/v1/vault/lock')).body['vault'], 'locked')
  assert.equal((await call('GET', '/v1/secrets/stripe')).status, 200)
  assert.equal((await call('GET', '/healthz')).status, 200)
  assert.equal((await call('GET', '/v1/status')).body['vault'], 'locked')
  await refused(503, 'vault_locked', store('other'))
  await refused(503, 'vault_locked', call('GET', '/readyz'))
})

test('a database that was put back is not ready until an operator confirms it', async () => {
  services.rolledBack = true
  await refused(503, 'state_rolled_back', call('GET', '/readyz'))
  assert.equal((await call('POST', '/v1/vault/confirm-rollback')).status, 200)
  assert.equal((await call('GET', '/readyz')).status, 200)
})

/** Inputs that must be refused, each holding the value somewhere. */
const invalid: readonly (readonly [string, unknown])[] = [
  ['not JSON', `{"name": "x", "value": "${canary}`],
  ['a bare value', canary],
  ['a list', [canary]],
  ['an unknown field', { name: 'x', value: canary, provider: 'stripe', vaule: canary }],
  ['the value as the name of a field', { name: 'x', value: canary, provider: 'stripe', [canary]: 1 }],
  ['the value in the name', { name: `${canary} `, value: canary, provider: 'stripe' }],
  ['no provider and no scopes', { name: 'x', value: canary }],
  ['an empty value', { name: 'x', value: '', provider: 'stripe' }],
  ['a value that is a number', { name: 'x', value: 12, provider: 'stripe' }],
  ['an unknown field in a scope', { name: 'x', value: canary, scopes: [{ ...bearer, [canary]: canary }] }],
  ['a pin that is no address', { name: 'x', value: canary, scopes: [{ ...bearer, pin: { address: canary } }] }],
  ['no scope at all', { name: 'x', value: canary, scopes: [] }],
  ['a prototype', '{"__proto__": {"name": "x"}, "value": "x"}'],
]
for (const [what, input] of invalid) {
  test(`V1: ${what} is refused without showing the value`, async () => {
    await refused(400, 'request_invalid', call('POST', '/v1/secrets', input))
    assert.deepEqual(services.vault.list('default', 10, null), [])
  })
}

test('V1: an unknown provider is refused without repeating it', async () => {
  await refused(404, 'provider_not_found', call('POST', '/v1/secrets', { name: 'x', value: 'v', provider: canary }))
})

test('a scope, or a value, that cannot be used is refused when it is saved', async () => {
  const scopes = [{ ...bearer, to: 'refused.example' }]
  await refused(422, 'scope_invalid', call('POST', '/v1/secrets', { name: 'x', value: canary, scopes }))
  await refused(
    422,
    'secret_unusable',
    call('POST', '/v1/secrets', { name: 'x', value: `${canary}\n`, scopes: [bearer] }),
  )
  await refused(422, 'secret_weak', call('POST', '/v1/secrets', { name: 'x', value: 'short', scopes: [bearer] }))
  assert.equal(
    (await call('POST', '/v1/secrets', { name: 'x', value: 'short', scopes: [bearer], weak: true })).status,
    201,
  )
  await refused(409, 'secret_exists', call('POST', '/v1/secrets', { name: 'x', value: canary, scopes: [bearer] }))
  await refused(422, 'secret_unusable', call('POST', '/v1/secrets/x/rotate', { value: `${canary}\n` }))
})

const sources: readonly (readonly [string, string, object])[] = [
  ['/v1/secrets', 'exec', { name: 'x', provider: 'stripe', source: { exec: ['cat', '/etc/passwd'] } }],
  ['/v1/secrets', 'file', { name: 'x', provider: 'stripe', value: { file: '/etc/passwd' } }],
  ['/v1/secrets', 'env', { name: 'x', provider: 'stripe', value: canary, source: 'env:HOME' }],
  ['/v1/secrets/stripe/rotate', 'exec', { value: { exec: 'id' } }],
  ['/v1/sandboxes', 'env', { credentials: { OPENAI_API_KEY: { env: 'HOME' } } }],
]
for (const [path, kind, body] of sources) {
  test(`SEC-06: a source of kind ${kind} is refused at ${path}`, async () => {
    await refused(403, 'source_forbidden', call('POST', path, body))
  })
}

test('a sandbox is created, listed, shown and ended', async () => {
  const created = await call('POST', '/v1/sandboxes', {
    name: 'agent',
    secrets: { STRIPE_SECRET_KEY: 'stripe' },
    credentials: { OPENAI_API_KEY: canary },
    network: { allow: ['example.com', { to: 'internal.example', pin: { address: '10.0.0.1' } }] },
    launch: { isolation: 'process', uid: 1000, gid: 1000 },
  })
  assert.equal(created.status, 201)
  const id = String(created.body['id'])
  assert.equal(((await call('GET', '/v1/sandboxes')).body['items'] as object[]).length, 1)
  const { body } = await call('GET', `/v1/sandboxes/${id}`)
  assert.deepEqual([body['status'], body['token']], ['active', undefined])
  assert.equal((await call('DELETE', `/v1/sandboxes/${id}`)).status, 204)
  assert.equal((await call('GET', `/v1/sandboxes/${id}`)).body['status'], 'ended')
  await refused(404, 'sandbox_not_found', call('DELETE', '/v1/sandboxes/sbx_none'))
  await refused(404, 'sandbox_not_found', call('GET', '/v1/sandboxes/sbx_none/lease'))
})

const badSandboxes: readonly (readonly [string, object])[] = [
  ['an unknown field', { shell: 'x' }],
  ['root on the host', { launch: { isolation: 'process', uid: 0 } }],
  ['another isolation', { launch: { isolation: 'none' } }],
  ['a variable that is none', { secrets: { 'A=B': 'stripe' } }],
  ['the value as a variable', { credentials: { [`${canary}!`]: canary } }],
  ['a time to live without end', { ttlSeconds: 10 ** 9 }],
]
for (const [what, body] of badSandboxes) {
  test(`a sandbox with ${what} is refused`, async () => {
    await refused(400, 'request_invalid', call('POST', '/v1/sandboxes', body))
  })
}

test('requests, connections and everything are listed by kind', async () => {
  const event = { project: 'default', host: 'api.example.com' }
  await services.auditLog.append({ ...event, id: 'exc_1', kind: 'exchange.refused', code: 'destination_denied' })
  await services.auditLog.append({ ...event, id: 'con_1', kind: 'connection.intended' })
  await store()
  const ids = async (path: string): Promise<string[]> =>
    ((await call('GET', path)).body['items'] as { id: string }[]).map(({ id }) => id.slice(0, 3))
  assert.deepEqual(await ids('/v1/requests'), ['exc'])
  assert.deepEqual(await ids('/v1/requests?decision=allowed'), [])
  assert.deepEqual(await ids('/v1/connections?decision=open&host=api.example.com'), ['con'])
  assert.deepEqual(await ids('/v1/audit?limit=2'), ['evt', 'con'])
})

for (const query of ['limit=0', 'limit=1001', 'limit=x', 'decision=maybe', 'since=yesterday', 'status=1', 'nope=1']) {
  test(`a list with ${query} is refused`, async () => {
    await refused(400, 'request_invalid', call('GET', `/v1/requests?${query}`))
  })
}

test('the journal is verified and anchored', async () => {
  assert.equal((await call('GET', '/v1/audit/verification')).body['ok'], true)
  const { status, body } = await call('POST', '/v1/audit/checkpoint')
  assert.equal(status, 201)
  const anchored = await call('POST', '/v1/audit/verification', { anchors: [body] })
  assert.deepEqual([anchored.status, anchored.body['unanchoredSince']], [200, null])
  await refused(400, 'request_invalid', call('POST', '/v1/audit/verification', { anchors: [{ ...body, hash: 'x' }] }))
})

test('providers are listed and shown', async () => {
  const ids = ((await call('GET', '/v1/providers')).body['items'] as { id: string }[]).map(({ id }) => id)
  assert.ok(ids.includes('stripe') && ids.includes('openai'))
  assert.deepEqual((await call('GET', '/v1/providers/stripe')).body['name'], 'Stripe')
  await refused(404, 'provider_not_found', call('GET', '/v1/providers/constructor'))
})

test('what a browser sends is refused, on every route', async () => {
  for (const path of ['/v1/secrets', '/healthz', '/nowhere']) {
    for (const origin of ['https://evil.example', 'http://localhost', 'null', '']) {
      await refused(403, 'origin_forbidden', call('GET', path, undefined, { origin }))
    }
  }
})

test('an unknown route is not found, and a known one names the methods that it has', async () => {
  await refused(404, 'not_found', call('GET', '/v1/nothing'))
  await refused(405, 'method_not_allowed', call('PUT', '/v1/secrets', {}))
  assert.equal((await app.request('/v1/secrets', { method: 'DELETE' })).headers.get('allow'), 'GET, POST')
  await refused(404, 'not_found', call('GET', `/v1/secrets/x/${canary}`))
})

test('a body over 1 MiB is refused before it is parsed', async () => {
  await refused(413, 'request_too_large', call('POST', '/v1/secrets', { value: 'x'.repeat(1024 * 1024) }))
})

test('an unexpected error is answered with an id and nothing of its own', async () => {
  services.vault.list = () => {
    throw new Error(`cannot read ${canary}`)
  }
  const { instance, detail } = await refused(500, 'internal', call('GET', '/v1/secrets'))
  assert.match(instance ?? '', /^evt_/)
  assert.equal(detail, 'Something went wrong in the broker')
  assert.equal(services.faults.length, 1)
})

test('SEC-01: tampering that the API meets is refused and recorded', async () => {
  for (const code of ['row_tampered', 'state_rolled_back'] as const) {
    const services = fakeServices()
    services.vault.get = () => {
      throw new CoatcheckError(code)
    }
    const reply = await createAdminApp(services).request('/v1/secrets/stripe')
    assert.equal(((await reply.json()) as { code: string }).code, code)
    const recorded = services.auditLog.events.map((event) => [event.kind, event.code])
    assert.deepEqual(recorded, [['row.tampered', code]])
  }
})

test('HEAD follows GET, leaves no stream behind, and is refused where a stream is all there is', async () => {
  const follow = await app.request('/v1/audit?follow=true', { method: 'HEAD' })
  assert.deepEqual([follow.status, await follow.text()], [200, ''])
  assert.match(follow.headers.get('content-type') ?? '', /event-stream/)
  const { id } = await services.sandboxes.create('default', {})
  const lease = await app.request(`/v1/sandboxes/${id}/lease`, { method: 'HEAD' })
  assert.equal(lease.status, 405)
  assert.equal(services.sandboxes.get('default', id).status, 'active')
})

for (const [what, headers] of [
  ['plain text', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['another charset', { 'content-type': 'application/json; charset=iso-8859-1' }],
  ['compressed', { 'content-encoding': 'gzip' }],
] as const) {
  test(`a body that is declared as ${what} is refused`, async () => {
    const body = JSON.stringify({ name: 'x', value: canary, provider: 'stripe' })
    const length = { 'content-length': String(body.length) }
    await refused(415, 'media_type_unsupported', call('POST', '/v1/secrets', body, { ...length, ...headers }))
  })
}

test('readiness names everything that is wrong, the gravest first', async () => {
  services.auditLog.full = true
  services.vault.state = 'locked'
  const { detail } = await refused(503, 'vault_locked', call('GET', '/readyz'))
  assert.match(detail, /audit_unavailable/)
  services.vault.list = () => {
    throw new CoatcheckError('storage_unavailable')
  }
  services.status = () => ({ ...fakeServices().status(), vault: 'locked', journal: 'ok' })
  assert.match((await refused(503, 'storage_unavailable', call('GET', '/readyz'))).detail, /vault_locked/)
})
