import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, providers, scopesOf } from '@coatcheck/catalog'
import type { InjectorSpec, SecretView } from '@coatcheck/contract'
import type { RequestOutcome } from '../probe-report.ts'
import { probeRequest } from './probe-request.ts'
import { probeAtOwnHost, vendorFinding } from './vendor-checks.ts'

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
  assert.ok(asked.length > 70, String(asked.length))
  // A user that only the customer knows, or a host that only the customer has, or a call that has to be signed.
  const known = ['aws', 'bitbucket', 'databricks', 'langfuse', 'shopify', 'twilio']
  assert.deepEqual(
    missing.map(({ id }) => id),
    known,
  )
})

test('AC-8.3: a call below a suffix that customers share goes to the host that the secret is stored with', () => {
  const { probe: call } = findProvider('shopify')!
  const inject = { kind: 'header', name: 'X-Shopify-Access-Token' }
  const scopes = [
    { to: 'evil.example', inject },
    { to: 'https://acme.myshopify.com/admin', inject },
  ]
  const here = probeAtOwnHost(call!, scopes)
  assert.equal(probeRequest(here, scopes, 'x')?.url, 'https://acme.myshopify.com/admin/oauth/access_scopes.json')
  for (const to of ['evil.example', '*.myshopify.com', 'acme.myshopify.com.evil.example']) {
    assert.equal(probeRequest(probeAtOwnHost(call!, [{ to, inject }]), [{ to, inject }], 'x'), undefined)
  }
})

test('AC-8.3: a Basic pair has the user that everybody has, and without one there is no call', () => {
  const scopes = [
    { to: 'api.example.com', inject: { kind: 'basic', as: 'password' } },
    { to: 'api.example.com', inject: { kind: 'bearer' } },
  ]
  assert.equal(probeRequest(probe, scopes, 'x'), undefined)
  const header = probeRequest({ ...probe, user: 'api' }, scopes, 'x')?.headers['authorization']
  assert.equal(header, `Basic ${btoa('api:x')}`)
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
