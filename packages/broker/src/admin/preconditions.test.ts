import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { createAdminApp } from './app.ts'
import { entityTag, matchesTag } from './entity-tag.ts'
import { type FakeServices, fakeServices } from './fake-services.suite.ts'

const value = 'sk_live_0123456789abcdefABCDEF'
const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(async () => {
  services = fakeServices()
  app = createAdminApp(services)
  await call('POST', '/v1/secrets', { name: 'a', value, scopes: [...scopes, { ...scopes[0], to: 'b.example.com' }] })
})

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  return app.request(path, { method, headers: { ...type, ...headers }, ...text })
}

async function tagOf(path: string): Promise<string> {
  return (await call('GET', path)).headers.get('etag') ?? 'none'
}

test('a resource has a strong entity tag, which HEAD shows as well, and use does not change', async () => {
  const tag = await tagOf('/v1/secrets/a')
  assert.match(tag, /^"[\w-]{20,}"$/)
  services.vault.lastUsedAt = () => null
  const head = await call('HEAD', '/v1/secrets/a')
  assert.deepEqual([head.status, head.headers.get('etag'), await head.text()], [200, tag, ''])
  assert.equal(entityTag({ a: 1, lastUsedAt: 'x' }), entityTag({ lastUsedAt: 'y', a: 1 }))
  assert.notEqual(entityTag({ a: 1 }), entityTag({ a: 2 }))
  assert.notEqual(entityTag([1, [2]]), entityTag([[1], 2]))
})

test('lists and other replies have none', async () => {
  for (const path of ['/v1/secrets', '/v1/status', '/healthz', '/v1/audit/verification']) {
    assert.equal(await tagOf(path), 'none', path)
  }
})

test('a change with the present tag goes through and answers with the next one; with an old one it does not', async () => {
  const tag = await tagOf('/v1/secrets/a')
  const changed = await call('PATCH', '/v1/secrets/a', { scopes }, { 'if-match': tag })
  assert.equal(changed.status, 200)
  assert.equal(changed.headers.get('etag'), await tagOf('/v1/secrets/a'))
  assert.notEqual(changed.headers.get('etag'), tag)
  for (const [method, path, body] of [
    ['PATCH', '/v1/secrets/a', { scopes }],
    ['POST', '/v1/secrets/a/rotate', { value }],
    ['DELETE', '/v1/secrets/a', undefined],
  ] as const) {
    const refused = await call(method, path, body, { 'if-match': tag })
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [412, 'precondition_failed'])
  }
  assert.equal((await call('DELETE', '/v1/secrets/a', undefined, { 'if-match': '*' })).status, 204)
  assert.equal((await call('DELETE', '/v1/secrets/a', undefined, { 'if-match': '*' })).status, 412)
})

test('of many changes with one tag, sent at once, one goes through', async () => {
  const tag = await tagOf('/v1/secrets/a')
  const sent = Array.from({ length: 10 }, () => call('PATCH', '/v1/secrets/a', { scopes }, { 'if-match': tag }))
  const statuses = (await Promise.all(sent)).map(({ status }) => status)
  assert.deepEqual(
    [200, 412].map((status) => statuses.filter((each) => each === status).length),
    [1, 9],
  )
})

test('what lies below a resource is bound to the tag of the resource', async () => {
  const created = await call('POST', '/v1/sandboxes', { name: 'agent' })
  const { id } = (await created.json()) as { id: string }
  const tag = await tagOf(`/v1/sandboxes/${id}`)
  assert.equal((await call('DELETE', `/v1/sandboxes/${id}`, undefined, { 'if-match': '"old"' })).status, 412)
  assert.equal((await call('DELETE', `/v1/sandboxes/${id}`, undefined, { 'if-match': tag })).status, 204)
})

test('a condition on what has no tag is refused', async () => {
  assert.equal((await call('POST', '/v1/vault/lock', undefined, { 'if-match': '*' })).status, 412)
  assert.equal(services.vault.state, 'unlocked')
})

for (const [field, present, expected] of [
  ['"a"', '"a"', true],
  ['"b", "a"', '"a"', true],
  ['"b"', '"a"', false],
  ['W/"a"', '"a"', false],
  ['*', '"a"', true],
  ['*', undefined, false],
  ['"a"', undefined, false],
] as const) {
  test(`If-Match: ${field} ${expected ? 'lets' : 'does not let'} ${present ?? 'nothing'} be changed`, () => {
    assert.equal(matchesTag(field, present), expected)
  })
}

for (const field of ['', 'a', '"a', '"a" "b"', '"a",', '"a"b"']) {
  test(`If-Match: ${field} is no list of tags`, () => {
    assert.throws(() => matchesTag(field, '"a"'), { code: 'request_invalid' })
  })
}
