import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CoatcheckError, type SandboxCreate, type Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openWorld, type World } from '../wire/world.ts'

const value = makeCanary('sk-live-').value
const pin = { address: '127.0.0.1' }
const roots = createTlsRoot().certificate
let world: World

before(async () => {
  world = await openWorld()
  const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
  await world.client.secrets.create({ name: 'stored', value, scopes })
})

after(() => world[Symbol.asyncDispose]())

const bearer = (to: string, rest: Partial<Scope> = {}): Scope => ({ to, inject: { kind: 'bearer' }, ...rest })
const inPath = (to: string, template: string): Scope => ({ to, inject: { kind: 'path', template } })

const idleScopes: readonly (readonly [what: string, scopes: readonly Scope[]])[] = [
  ['a star in the middle', [bearer('api.*.example.com')]],
  ['two stars', [bearer('*.*.example.com')]],
  ['half a label', [bearer('api*.example.com')]],
  ['a star alone', [bearer('*')]],
  ['a whole top-level domain', [bearer('*.com')]],
  ['a shared suffix', [bearer('*.github.io')]],
  ['a port without a scheme', [bearer('api.example.com:8443')]],
  ['an empty port', [bearer('https://api.example.com:')]],
  ['a port beyond the last', [bearer('https://api.example.com:70000')]],
  ['a range of ports', [bearer('https://api.example.com:80-90')]],
  ['a star for the port', [bearer('https://api.example.com:*')]],
  ['an address', [bearer('192.0.2.1')]],
  ['an address with a star', [bearer('192.0.2.*')]],
  ['a star before an address', [bearer('*.192.0.2.1')]],
  ['a block of addresses', [bearer('192.0.2.0/24')]],
  ['an unanchored expression', [bearer('~api.example.com')]],
  ['an expression without its mark', [bearer('^api\\.example\\.com$')]],
  ['a query', [bearer('api.example.com/v1?x=1')]],
  ['another scheme', [bearer('ftp://api.example.com')]],
  ['clear text', [bearer('http://api.example.com')]],
  ['the broker’s own name', [bearer('coatcheck.internal')]],
  ['this machine, on public addresses only', [bearer('localhost')]],
  ['roots where there is no TLS', [bearer('http://api.example.com', { pin, roots })]],
  ['the same scope twice', [bearer('api.example.com'), bearer('api.example.com')]],
  ['a narrower scope behind the one that covers it', [bearer('*.example.com'), bearer('api.example.com')]],
  ['a narrower path behind the one that covers it', [bearer('api.example.com'), bearer('api.example.com/v1')]],
  ['a path that its template never has', [inPath('api.example.com/v1', '/bot{{ value }}/**')]],
  ['a path longer than its template', [inPath('api.example.com/a/b/c', '/a/{{ value }}')]],
]

for (const [what, scopes] of idleScopes) {
  test(`AC-8.5: a scope with ${what} is refused when it is saved`, async () => {
    const created = world.client.secrets.create({ name: 'idle', value, scopes })
    await assert.rejects(created, (error) => isHelpful(error) && error.code === 'scope_invalid')
    await assert.rejects(world.client.secrets.get('idle'), { code: 'secret_not_found' })
    await assert.rejects(world.client.secrets.update('stored', { scopes, value }), { code: 'scope_invalid' })
  })
}

const usefulScopes: readonly (readonly [what: string, scopes: readonly Scope[]])[] = [
  ['a narrower scope first', [bearer('api.example.com/v1', { foreign: 'pass' }), bearer('api.example.com')]],
  ['two forms for one host', [bearer('api.example.com'), { to: 'api.example.com', inject: { kind: 'basic' } }]],
  ['a path under which the template lies', [inPath('api.example.com/v1', '/v1/{{ value }}/**')]],
  ['any segment before the value', [inPath('api.example.com/v1', '/*/{{ value }}')]],
  ['this machine by a pin', [bearer('http://localhost', { pin })]],
]

for (const [index, [what, scopes]] of usefulScopes.entries()) {
  test(`a scope with ${what} is taken`, async () => {
    await world.client.secrets.create({ name: `useful-${index}`, value, scopes })
  })
}

const idleSandboxes: readonly (readonly [what: string, code: string, input: SandboxCreate])[] = [
  ['a rule with a path', 'scope_invalid', { network: { allow: ['docs.example.com/v1'] } }],
  ['a rule with a half label', 'scope_invalid', { network: { allow: ['api*.example.com'] } }],
  ['a rule with a port and no scheme', 'scope_invalid', { network: { allow: ['docs.example.com:8080'] } }],
  ['a rule for an address', 'scope_invalid', { network: { allow: ['192.0.2.*'] } }],
  ['a denied port', 'scope_invalid', { network: { deny: ['https://docs.example.com:8443'] } }],
  ['a denied path', 'scope_invalid', { network: { deny: ['docs.example.com/admin'] } }],
  ['a denied block of addresses', 'scope_invalid', { network: { deny: ['10.0.0.0/8'] } }],
  ['a rule that is denied', 'scope_invalid', { network: { allow: ['docs.example.com'], deny: ['docs.example.com'] } }],
  [
    'a rule below a denied suffix',
    'scope_invalid',
    { network: { allow: ['*.a.example.com'], deny: ['*.example.com'] } },
  ],
  ['every host both ways', 'scope_invalid', { network: { allow: ['*'], deny: ['*'] } }],
  [
    'a secret that is denied',
    'secret_unreachable',
    { secrets: { API: 'stored' }, network: { deny: ['*.example.com'] } },
  ],
  ['a secret where all is denied', 'secret_unreachable', { secrets: { API: 'stored' }, network: { deny: ['*'] } }],
  ['a secret that is not there', 'secret_not_found', { secrets: { API: 'missing' } }],
  ['a profile that is not there', 'profile_not_found', { profile: 'unknown' }],
]

for (const [what, code, input] of idleSandboxes) {
  test(`AC-8.5: a sandbox with ${what} is refused, and nothing of it is left`, async () => {
    const before = (await world.client.sandboxes.list()).items.length
    await assert.rejects(world.client.sandboxes.create(input), (error) => isHelpful(error) && error.code === code)
    assert.equal((await world.client.sandboxes.list()).items.length, before)
  })
}

test('AC-8.5: a change that would never come to bear is refused, and one that tightens is taken', async () => {
  const { id } = await world.client.sandboxes.create({
    secrets: { API: 'stored' },
    network: { allow: ['docs.example.com', '*.example.org'], deny: ['evil.example.org'] },
  })
  const change = (network: NonNullable<SandboxCreate['network']>) => world.client.sandboxes.update(id, { network })
  await assert.rejects(change({ allow: ['evil.example.org'] }), { code: 'scope_invalid' })
  await change({ deny: ['docs.example.com', 'api.example.com'] })
  await assert.rejects(world.client.sandboxes.attach(id, 'OTHER', { secret: 'stored' }), { code: 'secret_unreachable' })
  await change({ deny: [] })
  await world.client.sandboxes.attach(id, 'OTHER', { secret: 'stored' })
})

test('a host of the profile may be denied', async () => {
  await world.client.sandboxes.create({ profile: 'dev', network: { deny: ['gitlab.com'] } })
})

function isHelpful(error: unknown): error is CoatcheckError {
  assert.ok(error instanceof CoatcheckError)
  assert.ok(error.message.length > 10 && !error.message.includes(value))
  return true
}
