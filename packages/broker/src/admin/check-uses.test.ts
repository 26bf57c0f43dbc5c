import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type SandboxCreate, type Scope } from '@coatcheck/contract'
import { checkUses } from './check-uses.ts'

const scope: Scope = { to: 'API.Example.com', inject: { kind: 'bearer' } }
const services = {
  prepareScopes(scopes: readonly Scope[]) {
    if (scopes.some(({ to }) => to.startsWith('http:'))) throw new CoatcheckError('scope_invalid', { reason: 'plain' })
    return { scopes: scopes.map((each) => ({ ...each, to: each.to.toLowerCase() })), check() {}, demandStageable() {} }
  },
}
const value = 'a'.repeat(16)

test('scopes that are said with a value are taken in canonical form, and what is said of a provider stays', () => {
  const input: SandboxCreate = {
    credentials: { ONE: value, TWO: value },
    credentialUses: { ONE: { scopes: [scope] }, TWO: { provider: 'github' } },
  }
  assert.deepEqual(checkUses(services, input).credentialUses, {
    ONE: { scopes: [{ ...scope, to: 'api.example.com' }] },
    TWO: { provider: 'github' },
  })
  assert.deepEqual(checkUses(services, { credentials: { ONE: value } }), { credentials: { ONE: value } })
})

test('the parts of a pair of keys are one value', () => {
  const credentials = { A_ACCESS_KEY_ID: 'AKIA', A_SECRET_ACCESS_KEY: value }
  const credentialUses = { A_ACCESS_KEY_ID: { provider: 'aws' } }
  assert.deepEqual(checkUses(services, { credentials, credentialUses }).credentialUses, credentialUses)
})

const refusals: readonly (readonly [string, SandboxCreate, string])[] = [
  ['without a value', { credentialUses: { ONE: { scopes: [scope] } } }, 'request_invalid'],
  [
    'SEC-07: with a scope that would not be saved',
    { credentials: { ONE: value }, credentialUses: { ONE: { scopes: [{ ...scope, to: 'http://api.example.com' }] } } },
    'scope_invalid',
  ],
  [
    'for a value that is too short',
    { credentials: { ONE: 'a'.repeat(15) }, credentialUses: { ONE: { scopes: [scope] } } },
    'secret_weak',
  ],
  [
    'for a provider, of a value that is too short',
    { credentials: { ONE: 'a'.repeat(15) }, credentialUses: { ONE: { provider: 'github' } } },
    'secret_weak',
  ],
]
for (const [what, input, code] of refusals) {
  test(`a use is refused ${what}`, () => {
    assert.throws(() => checkUses(services, input), { code })
  })
}
