import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Page, Problem, ProviderView, SecretView } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { type FakeServices, fakeServices } from '../fake-services.suite.ts'

const acme = {
  id: 'acme',
  variables: ['ACME_API_KEY'],
  hosts: [{ host: 'api.acme.example', injectors: [{ kind: 'header', name: 'X-Api-Key' }] }],
}
const canary = 'sk_live_CaNaRy0123456789abcdef'

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(() => {
  services = fakeServices()
  app = createAdminApp(services)
})

async function call<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const text = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const reply = await app.request(path, { method, ...text })
  const answer = await reply.text()
  assert.ok(!answer.includes(canary), 'a value is repeated')
  return { status: reply.status, body: answer === '' ? (undefined as Body) : (JSON.parse(answer) as Body) }
}

test('V3: an own provider is stored, shown, listed, used for a secret, and deleted', async () => {
  const created = await call<ProviderView>('POST', '/v1/providers', acme)
  assert.equal(created.status, 201)
  assert.deepEqual([created.body.origin, created.body.name, created.body.lastChecked], ['own', 'acme', null])
  assert.deepEqual((await call<ProviderView>('GET', '/v1/providers/acme')).body, created.body)
  const { items } = (await call<Page<ProviderView>>('GET', '/v1/providers?limit=1')).body
  assert.deepEqual(
    items.map(({ id }) => id),
    ['acme'],
  )
  const secret = await call<SecretView>('POST', '/v1/secrets', { name: 'acme', value: canary, provider: 'acme' })
  assert.deepEqual(secret.body.scopes, created.body.scopes)
  assert.equal((await call('DELETE', '/v1/providers/acme')).status, 204)
  assert.equal((await call('GET', '/v1/providers/acme')).status, 404)
  assert.deepEqual((await call<SecretView>('GET', '/v1/secrets/acme')).body.scopes, created.body.scopes)
})

test('a built-in provider shows its hosts, variables and dangerous endpoints', async () => {
  const { body } = await call<ProviderView>('GET', '/v1/providers/github')
  assert.equal(body.origin, 'built-in')
  assert.deepEqual(body.hosts[1], { host: 'github.com', injectors: [{ kind: 'basic' }] })
  assert.ok(body.keyPrefixes.includes('ghp_'))
  assert.ok(body.dangerous.some(({ path, method }) => method === 'DELETE' && path === '/repos/*/*'))
})

test('PUT replaces an own provider, or creates it, under the id of the path', async () => {
  for (const name of ['First', 'Second']) {
    const { status, body } = await call<ProviderView>('PUT', '/v1/providers/acme', { ...acme, name })
    assert.deepEqual([status, body.name], [200, name])
  }
  const other = await call<Problem>('PUT', '/v1/providers/other', acme)
  assert.deepEqual([other.status, other.body.code], [400, 'request_invalid'])
  assert.equal((await call('GET', '/v1/providers/other')).status, 404)
})

test('a change that the journal cannot take does not stand', async () => {
  services.auditLog.full = true
  assert.equal((await call<Problem>('POST', '/v1/providers', acme)).body.code, 'audit_unavailable')
  assert.equal((await call('GET', '/v1/providers/acme')).status, 404)
  services.auditLog.full = false
  await call('POST', '/v1/providers', acme)
  services.auditLog.full = true
  assert.equal((await call('PUT', '/v1/providers/acme', { ...acme, name: 'Later' })).status, 503)
  services.auditLog.full = false
  assert.equal((await call<ProviderView>('GET', '/v1/providers/acme')).body.name, 'acme')
})

test('V3: a provider whose hosts differ from customer to customer gives no secret its scopes', async () => {
  const secret = { name: 'jira', value: canary, provider: 'jira' }
  const { status, body } = await call<Problem>('POST', '/v1/secrets', secret)
  assert.deepEqual([status, body.code], [422, 'provider_needs_host'])
  assert.equal((await call('GET', '/v1/secrets/jira')).status, 404)
})

const host = acme.hosts[0]!
const wrong: readonly (readonly [string, string, number, unknown])[] = [
  ['the id of a built-in provider', 'provider_built_in', 409, { ...acme, id: 'stripe' }],
  ['a variable of a built-in provider', 'variable_taken', 409, { ...acme, variables: ['STRIPE_API_KEY'] }],
  ['a host that cannot be', 'provider_invalid', 422, { ...acme, hosts: [{ ...host, host: 'refused.example' }] }],
  ['no host', 'request_invalid', 400, { ...acme, hosts: [] }],
  ['an id with capitals', 'request_invalid', 400, { ...acme, id: 'Acme' }],
  ['an id that is a value', 'request_invalid', 400, { ...acme, id: canary }],
  ['a field that does not exist', 'request_invalid', 400, { ...acme, [canary]: true }],
  ['a variable that is none', 'request_invalid', 400, { ...acme, variables: ['acme key'] }],
  ['a prefix that is no token', 'request_invalid', 400, { ...acme, keyPrefixes: ['(a+)+$'] }],
  ['a value beside it', 'source_forbidden', 403, { ...acme, source: 'env' }],
  ['too many hosts', 'request_invalid', 400, { ...acme, hosts: Array.from({ length: 65 }, () => host) }],
  ['a list', 'request_invalid', 400, [acme]],
  ['nothing', 'request_invalid', 400, null],
]
for (const [what, code, status, definition] of wrong) {
  test(`AC-8.5: a provider with ${what} is refused as ${code}, and nothing is stored`, async () => {
    const reply = await call<Problem>('POST', '/v1/providers', definition)
    assert.deepEqual([reply.status, reply.body.code], [status, code])
    const { items } = (await call<Page<ProviderView>>('GET', '/v1/providers?limit=1000')).body
    assert.ok(items.every(({ origin }) => origin === 'built-in'))
    assert.equal(services.auditLog.events.filter(({ kind }) => kind.startsWith('provider.')).length, 0)
  })
}

test('built-in providers are not deleted, and unknown ones are not found', async () => {
  assert.equal((await call<Problem>('DELETE', '/v1/providers/stripe')).body.code, 'provider_built_in')
  assert.equal((await call<Problem>('DELETE', '/v1/providers/none')).body.code, 'provider_not_found')
  await call('POST', '/v1/providers', acme)
  assert.equal((await call<Problem>('POST', '/v1/providers', acme)).body.code, 'provider_exists')
})
