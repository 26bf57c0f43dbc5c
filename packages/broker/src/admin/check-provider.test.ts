import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type ProviderCreate } from '@coatcheck/contract'
import { checkScopes } from '../egress/check-scopes.ts'
import { checkProvider } from './check-provider.ts'

const bearer = { kind: 'bearer' }
const acme: ProviderCreate = { id: 'acme', hosts: [{ host: 'api.acme.example', injectors: [bearer] }] }
const withHost = (host: string, more: object = {}): ProviderCreate => ({
  ...acme,
  hosts: [{ host, injectors: [bearer], ...more }],
})
const withInjector = (...injectors: { kind: string; [option: string]: string }[]): ProviderCreate => ({
  ...acme,
  hosts: [{ host: 'api.acme.example', injectors }],
})

for (const [what, definition] of [
  ['one host', acme],
  ['a port', withHost('https://api.acme.example:8443/v2')],
  ['every simple injector', withInjector(bearer, { kind: 'header', name: 'X-Key' }, { kind: 'basic', as: 'user' })],
  ['a query and a path', withInjector({ kind: 'query', name: 'key' }, { kind: 'path', template: '/k/{{ value }}/**' })],
  ['a host of each customer', withHost('*.zendesk.com', { perTenant: true })],
  ['an internal service', withHost('http://acme.internal', { pin: { address: '10.0.0.7' } })],
  ['a host without the secret', { ...acme, hosts: [...acme.hosts, { host: 'cdn.acme.example', injectors: [] }] }],
] as const) {
  test(`AC-8.5: a provider with ${what} is taken`, () => checkProvider(definition, checkScopes))
}

for (const [what, field, definition] of [
  ['a wildcard on a shared suffix', 'hosts.0.host', withHost('*.vercel.app')],
  ['a wildcard in the middle', 'hosts.0.host', withHost('api.*.acme.example')],
  ['an unanchored expression', 'hosts.0.host', withHost('~api\\.acme\\.example')],
  ['an address', 'hosts.0.host', withHost('10.0.0.7')],
  ['clear text', 'hosts.0.host', withHost('http://api.acme.example')],
  ['a port without a scheme', 'hosts.0.host', withHost('api.acme.example:8443')],
  ['a tenant’s host that is exact', 'hosts.0.host', withHost('api.acme.example', { perTenant: true })],
  ['a tenant’s host that is everything', 'hosts.0.host', withHost('*.', { perTenant: true })],
  ['a host twice', 'hosts.1.host', { ...acme, hosts: [...acme.hosts, ...acme.hosts] }],
  ['no host with the secret', 'hosts', { ...acme, hosts: [{ host: 'api.acme.example', injectors: [] }] }],
  ['an unknown injector', 'hosts.0.injectors.1', withInjector(bearer, { kind: 'magic' })],
  ['an injector’s unknown option', 'hosts.0.injectors.0', withInjector({ kind: 'bearer', format: 'x' })],
  ['a field that frames the request', 'hosts.0.injectors.0', withInjector({ kind: 'header', name: 'Host' })],
  ['an injector twice', 'hosts.0.injectors.1', withInjector(bearer, bearer)],
  ['a variable twice', 'variables.1', { ...acme, variables: ['A', 'A'] }],
  [
    'a variable that is a companion too',
    'companionVariables.0',
    { ...acme, variables: ['A'], companionVariables: ['A'] },
  ],
  [
    'a dangerous endpoint elsewhere',
    'dangerous.0.host',
    { ...acme, dangerous: [{ method: 'GET', path: '/', class: 'admin', why: 'x', host: 'other.example' }] },
  ],
] as const) {
  test(`AC-8.5: ${what} is refused, with the name of the field`, () => {
    assert.throws(
      () => checkProvider(definition, checkScopes),
      (error) => error instanceof CoatcheckError && error.code === 'provider_invalid' && error.facts['field'] === field,
    )
  })
}
