import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anthropic } from './providers/anthropic.ts'
import { github } from './providers/github.ts'
import { stripe } from './providers/stripe.ts'
import { providers } from './registry.ts'
import { scopesOf } from './scopes-of.ts'

test('V3: one word sets hosts and forms, the documented form first', () => {
  assert.deepEqual(scopesOf(anthropic), [
    { to: 'api.anthropic.com', inject: { kind: 'header', name: 'x-api-key' } },
    { to: 'api.anthropic.com', inject: { kind: 'bearer' } },
  ])
  assert.deepEqual(scopesOf(stripe).slice(0, 2), [
    { to: 'api.stripe.com', inject: { kind: 'bearer' } },
    { to: 'api.stripe.com', inject: { kind: 'basic', as: 'user' } },
  ])
})

test('V4: GitHub gets Bearer on the API host and Basic on the git host, from one secret', () => {
  const scopes = scopesOf(github)
  const kinds = (host: string): string[] => scopes.filter(({ to }) => to === host).map(({ inject }) => inject.kind)
  assert.deepEqual(kinds('api.github.com'), ['bearer', 'bearer', 'basic'])
  assert.deepEqual(kinds('github.com'), ['basic'])
})

test('V3: a suffix that customers share gives no scope, and what a host says beside its injectors goes into each', () => {
  const host = { host: 'api.acme.example', injectors: [{ kind: 'bearer' }, { kind: 'basic' }], allowPrivate: true }
  const hosts = [{ host: '*.acme.example', injectors: [{ kind: 'bearer' }], perTenant: true as const }, host]
  assert.deepEqual(scopesOf({ hosts }), [
    { to: 'api.acme.example', inject: { kind: 'bearer' }, allowPrivate: true },
    { to: 'api.acme.example', inject: { kind: 'basic' }, allowPrivate: true },
  ])
  assert.ok(providers.flatMap(scopesOf).every(({ to }) => !to.startsWith('*')))
})

test('V3: hosts that get signed URLs have no scope, and no scope relaxes a default', () => {
  for (const scope of providers.flatMap(scopesOf)) {
    assert.deepEqual(Object.keys(scope), ['to', 'inject'])
    assert.doesNotMatch(scope.to, /objects\.githubusercontent\.com/)
  }
})
