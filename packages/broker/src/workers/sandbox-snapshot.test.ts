import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { compileRoutes } from '../egress/compile-routes.ts'
import { routeScope } from '../egress/route-table.ts'
import type { Destination } from '../foundation/destination.ts'
import type { Grant } from '../sandbox/grant.ts'
import { sampleSandbox } from '../storage/memory/sandbox-store.suite.ts'
import { routesFrom, takeSnapshot } from './sandbox-snapshot.ts'

const sandbox = sampleSandbox({
  id: 'sbx_1',
  profile: 'locked',
  fence: 'none',
  allow: [{ to: 'https://open.example.com', pin: { address: '127.0.0.1', port: 8443 } }],
  deny: ['denied.example.com'],
  authoritySealed: 'sealed authority',
})
const grant: Grant = {
  id: 'gnt_1',
  project: 'default',
  sandboxId: sandbox.id,
  env: 'KEY',
  secretId: 'sec_1',
  ephemeral: false,
  placeholderIndex: 'index',
  placeholderSealed: 'sealed placeholder',
  createdAt: sandbox.createdAt,
  expiresAt: null,
  ownExpiresAt: null,
  endedAt: null,
}
const scopes: readonly Scope[] = [
  { to: 'api.example.com/v1', inject: { kind: 'bearer' }, foreign: 'pass' },
  { to: 'key.example.com', inject: { kind: 'header', name: 'x-api-key' }, attach: 'always', roots: 'PEM' },
  { to: 'http://inside.example.com:8080', inject: { kind: 'bearer' }, pin: { address: '10.0.0.1' } },
  { to: '*.wide.example.com', inject: { kind: 'query', name: 'key' }, allowPrivate: true },
]
const destinations: readonly Destination[] = [
  { scheme: 'https', host: 'api.example.com', port: 443 },
  { scheme: 'https', host: 'key.example.com', port: 443 },
  { scheme: 'http', host: 'inside.example.com', port: 8080 },
  { scheme: 'https', host: 'a.wide.example.com', port: 443 },
  { scheme: 'https', host: 'open.example.com', port: 443 },
  { scheme: 'https', host: 'denied.example.com', port: 443 },
  { scheme: 'http', host: 'api.example.com', port: 80 },
  { scheme: 'https', host: 'other.example.com', port: 443 },
]

const routed = { grant, secretName: 'api', provider: null, placeholder: 'placeholder', scopes: scopes.map(routeScope) }
const routes = compileRoutes(sandbox, [routed])

test('routes decide the same in a thread that got them as a snapshot', () => {
  const copied = routesFrom(structuredClone(takeSnapshot(routes)))
  for (const destination of destinations) {
    assert.deepEqual(copied.policy.decide(destination), routes.policy.decide(destination))
  }
  const plain = ({ scopes: of }: typeof routed) =>
    of.map(({ rule, inject, attach, foreign, reach }) => ({ rule, inject, attach, foreign, reach }))
  assert.deepEqual(plain(copied.grants[0] as typeof routed), plain(routed))
  assert.deepEqual(copied.placeholders, routes.placeholders)
})

test('nothing that is sealed is in a snapshot', () => {
  assert.doesNotMatch(JSON.stringify(takeSnapshot(routes)), /sealed \w|index/)
})
