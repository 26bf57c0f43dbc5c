import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Page, Problem, ProfileView } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { type FakeServices, fakeServices } from '../fake-services.suite.ts'

const canary = 'sk_live_CaNaRy0123456789abcdef'
const rules = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: 'any' }] }
const checkout = {
  name: 'checkout',
  description: 'Works on the till',
  network: { allow: ['pypi.org', { to: 'files.example' }], deny: ['evil.example'] },
  secrets: { KEY: 'stripe' },
  rules: { KEY: rules },
  caps: [{ unit: 'requests', limit: 100, window: 'day' }],
  ttlSeconds: 600,
}

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
beforeEach(async () => {
  services = fakeServices()
  app = createAdminApp(services)
  await call('POST', '/v1/secrets', { name: 'stripe', value: canary, provider: 'stripe' })
})

async function call<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init =
    body === undefined
      ? { headers }
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
  const reply = await app.request(path, { method, ...init })
  const answer = await reply.text()
  assert.ok(!answer.includes(canary), 'a value is repeated')
  return {
    status: reply.status,
    etag: reply.headers.get('etag') ?? '',
    body: answer === '' ? (undefined as Body) : (JSON.parse(answer) as Body),
  }
}
const told = () => services.auditLog.events.filter(({ kind }) => kind.startsWith('profile.'))
const own = async () =>
  (await call<Page<ProfileView>>('GET', '/v1/profiles')).body.items.filter(({ origin }) => origin === 'own')

test('W7: an own profile is made, shown, listed, changed and deleted, and all of it is in the journal', async () => {
  const made = await call<ProfileView>('PUT', '/v1/profiles/checkout', checkout)
  assert.equal(made.status, 200)
  const network = { allow: [{ to: 'pypi.org' }, { to: 'files.example' }], deny: ['evil.example'] }
  assert.deepEqual(made.body, { ...checkout, network, origin: 'own' })
  assert.deepEqual((await call<ProfileView>('GET', '/v1/profiles/checkout')).body, made.body)
  const first = (await call<Page<ProfileView>>('GET', '/v1/profiles?limit=1')).body
  assert.deepEqual([first.items, first.cursor], [[made.body], 'checkout'])
  assert.equal((await call<ProfileView>('PUT', '/v1/profiles/checkout', { name: 'checkout' })).status, 200)
  assert.equal((await call('DELETE', '/v1/profiles/checkout')).status, 204)
  assert.equal((await call('GET', '/v1/profiles/checkout')).status, 404)
  assert.deepEqual(
    told().map(({ kind, note, subject }) => [kind, subject, note]),
    [
      ['profile.applied', 'checkout', '2 allowed, 1 denied, KEY=stripe, rules for KEY, 100requests/day, 600 s'],
      ['profile.applied', 'checkout', '0 allowed, 0 denied'],
      ['profile.deleted', 'checkout', undefined],
    ],
  )
})

test('a profile is changed only as it was seen, where that is asked for', async () => {
  const { etag } = await call('PUT', '/v1/profiles/checkout', checkout)
  const later = await call('PUT', '/v1/profiles/checkout', { name: 'checkout', ttlSeconds: 60 }, { 'if-match': etag })
  assert.equal(later.status, 200)
  assert.notEqual(later.etag, etag)
  const stale = await call<Problem>('PUT', '/v1/profiles/checkout', checkout, { 'if-match': etag })
  assert.equal(stale.body.code, 'precondition_failed')
  assert.equal((await call('DELETE', '/v1/profiles/checkout', undefined, { 'if-match': etag })).status, 412)
  assert.equal((await call<ProfileView>('GET', '/v1/profiles/checkout')).body.ttlSeconds, 60)
})

test('a profile that the journal does not take neither comes nor goes', async () => {
  await call('PUT', '/v1/profiles/checkout', checkout)
  services.auditLog.full = true
  assert.equal((await call('PUT', '/v1/profiles/checkout', { name: 'checkout' })).status, 503)
  assert.equal((await call('PUT', '/v1/profiles/second', { ...checkout, name: 'second' })).status, 503)
  assert.equal((await call('DELETE', '/v1/profiles/checkout')).status, 503)
  services.auditLog.full = false
  assert.deepEqual(
    (await own()).map(({ name, ttlSeconds }) => [name, ttlSeconds]),
    [['checkout', 600]],
  )
})

const wrong: readonly (readonly [string, string, number, unknown, string?])[] = [
  ['the name of a built-in profile', 'profile_built_in', 409, {}, 'open'],
  ['a name that is none', 'request_invalid', 400, {}, '-x'],
  ['a name of 64 letters', 'request_invalid', 400, {}, 'x'.repeat(64)],
  ['another name than the path', 'request_invalid', 400, { name: 'second' }],
  ['a field that does not exist', 'request_invalid', 400, { [canary]: 1 }],
  ['a value in place of a secret', 'request_invalid', 400, { secrets: { KEY: `${canary}/=` } }],
  ['a value in place of a name', 'secret_not_found', 404, { secrets: { KEY: canary } }],
  ['a variable that is none', 'request_invalid', 400, { secrets: { 'A-B': 'stripe' } }],
  ['a key of the prototype', 'request_invalid', 400, JSON.parse('{"secrets":{"__proto__":"stripe"}}')],
  ['values of its own', 'request_invalid', 400, { credentials: { KEY: 'x' } }],
  ['a description of two lines', 'request_invalid', 400, { description: 'a\nb' }],
  ['a long description', 'request_invalid', 400, { description: 'x'.repeat(201) }],
  ['rules without a default', 'request_invalid', 400, { secrets: { KEY: 'stripe' }, rules: { KEY: { rules: [] } } }],
  [
    'rules that cannot be read',
    'rule_invalid',
    400,
    { secrets: { KEY: 'stripe' }, rules: { KEY: { default: 'deny', rules: [{ effect: 'allow', paths: ['/a'] }] } } },
  ],
  ['rules for nothing', 'request_invalid', 400, { rules: { KEY: rules } }],
  ['two caps that count the same', 'request_invalid', 400, { caps: [checkout.caps[0], checkout.caps[0]] }],
  ['a cap of nothing', 'request_invalid', 400, { caps: [{ unit: 'requests', limit: 0, window: 'day' }] }],
  ['no time at all', 'request_invalid', 400, { ttlSeconds: 0 }],
  ['a year of time', 'request_invalid', 400, { ttlSeconds: 31_536_000 }],
  ['too many hosts', 'request_invalid', 400, { network: { allow: Array.from({ length: 1001 }, () => 'a.example') } }],
  ['hosts that it denies itself', 'scope_invalid', 422, { network: { allow: ['a.example'], deny: ['a.example'] } }],
  ['a list', 'request_invalid', 400, [checkout]],
  ['nothing', 'request_invalid', 400, null],
]
const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
for (const [what, code, status, definition, name = 'checkout'] of wrong) {
  test(`AC-8.5: a profile with ${what} is refused as ${code}, and nothing is stored`, async () => {
    const named = isFields(definition) ? { name, ...definition } : definition
    const reply = await call<Problem>('PUT', `/v1/profiles/${name}`, named)
    assert.deepEqual([reply.status, reply.body.code], [status, code])
    assert.deepEqual([await own(), told()], [[], []])
  })
}

test('a profile without a name is refused, also where the path has one', async () => {
  const { name: _, ...nameless } = checkout
  for (const body of [{}, nameless])
    assert.equal((await call<Problem>('PUT', '/v1/profiles/checkout', body)).body.code, 'request_invalid')
  assert.deepEqual([await own(), told()], [[], []])
})

test('built-in profiles are not deleted, and unknown ones are not found', async () => {
  assert.equal((await call<Problem>('DELETE', '/v1/profiles/locked')).body.code, 'profile_built_in')
  assert.equal((await call<Problem>('DELETE', '/v1/profiles/none')).body.code, 'profile_not_found')
  assert.deepEqual(told(), [])
})

test('a receipt is of no profile: nothing is done by one', async () => {
  const reply = await call<Problem>('POST', '/v1/reach/receipt', { profile: 'dev' })
  assert.deepEqual([reply.status, reply.body.code], [400, 'request_invalid'])
})
