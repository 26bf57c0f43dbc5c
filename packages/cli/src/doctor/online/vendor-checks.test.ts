import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providers, scopesOf } from '@coatcheck/catalog'
import type { InjectorSpec, SecretView } from '@coatcheck/contract'
import type { RequestOutcome } from '../probe-report.ts'
import { probeRequest } from './probe-request.ts'
import { vendorFinding } from './vendor-checks.ts'

const probe = { method: 'GET', host: 'api.example.com', path: '/v1/me' } as const
const request = (inject: InjectorSpec, to = 'api.example.com') => probeRequest(probe, [{ to, inject }], 'placeholder')

test('the placeholder stands where the scope wants it', () => {
  assert.equal(request({ kind: 'bearer', scheme: 'token' })?.headers['authorization'], 'token placeholder')
  assert.equal(request({ kind: 'header', name: 'X-Key', prefix: 'k ' })?.headers['X-Key'], 'k placeholder')
  assert.equal(request({ kind: 'query', name: 'key' })?.url, 'https://api.example.com/v1/me?key=placeholder')
  const pair = request({ kind: 'basic', as: 'user' })?.headers['authorization'] ?? ''
  assert.equal(Buffer.from(pair.slice(6), 'base64').toString(), 'placeholder:')
  const several = request({ kind: 'headers', headers: { 'X-One': 'a{{ value }}', 'X-Two': 'b' } })?.headers
  assert.deepEqual([several?.['X-One'], several?.['X-Two']], ['aplaceholder', 'b'])
})

test('a scope for another host or path, and one without a place that can be said, give no call', () => {
  assert.equal(request({ kind: 'bearer' }, 'other.example.com'), undefined)
  assert.equal(request({ kind: 'bearer' }, 'api.example.com/v2'), undefined)
  assert.equal(request({ kind: 'path', template: '/{{ value }}' }), undefined)
  assert.ok(request({ kind: 'bearer' }, 'api.example.com/v1'))
})

test('AC-8.3: the call of nearly every provider of the catalog can be built', () => {
  const asked = providers.filter(({ probe: call }) => call !== null)
  const missing = asked.filter((provider) => probeRequest(provider.probe!, scopesOf(provider), 'x') === undefined)
  assert.ok(asked.length > 40 && missing.length <= 3, missing.map(({ id }) => id).join(' '))
})

test('AC-8.3: only an answer of the provider says whether the secret is good', () => {
  const secret = { name: 'one' } as SecretView
  const judge = (outcome: RequestOutcome | undefined) => vendorFinding({ env: 'A', secret, probe }, outcome).status
  assert.deepEqual(
    [200, 302, 401, 403, 404, 429, 500].map((status) => judge({ status })),
    [...(['ok', 'ok', 'failed', 'failed'] as const), ...(['warning', 'warning', 'warning'] as const)],
  )
  assert.equal(judge({ status: 200, isTrue: false }), 'failed')
  assert.equal(judge({ status: 403, code: 'destination_denied' }), 'failed')
  assert.equal(judge({ status: 0, failure: 'ECONNRESET' }), 'failed')
  assert.equal(judge(undefined), 'skipped')
})
