import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, type Provider, providers, scopesOf } from '@coatcheck/catalog'
import type { InjectorSpec, Scope, SecretView } from '@coatcheck/contract'
import type { RequestOutcome } from '../probe-report.ts'
import { probeCalls } from './probe-calls.ts'
import { probeRequest, type StandIn } from './probe-request.ts'
import { vendorFinding } from './vendor-checks.ts'

const probe = { method: 'GET', host: 'api.example.com', path: '/v1/me' } as const
const placeholder = { placeholder: 'placeholder' }
const request = (inject: InjectorSpec, to = 'api.example.com') => probeRequest(probe, [{ to, inject }], placeholder)

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

/** What the callers of a provider’s clients have in their environment. */
const environmentOf = ({ companionVariables }: Provider) =>
  Object.fromEntries(companionVariables.map((name) => [name, `the-${name.toLowerCase()}`]))

/** The scopes of a secret of this provider, with hosts of its own where customers have such. */
const ownScopes = (provider: Provider): readonly Scope[] => {
  const owns = provider.hosts.filter(({ perTenant }) => perTenant === true)
  return [
    ...scopesOf(provider),
    ...owns.flatMap(({ host, injectors }) => injectors.map((inject) => ({ to: host.replace('*', 'acme'), inject }))),
  ]
}
const at = new Date('2026-11-23T12:00:00Z')
const pair = { accessKeyId: 'AKIA0EXAMPLE', secretAccessKey: 'the-placeholder', at }
const standInFor = ({ hosts }: Provider): StandIn =>
  hosts[0]?.injectors[0]?.kind === 'sigv4' ? pair : { placeholder: 'x' }

test('AC-8.3: the call of every provider of the catalog can be built, where its customer says who and where', () => {
  const asked = providers.filter(({ probe: call }) => call !== null)
  const requests = (provider: Provider) =>
    probeCalls(provider.probe!, ownScopes(provider), environmentOf(provider)).map((call) =>
      probeRequest(call, ownScopes(provider), standInFor(provider)),
    )
  const missing = asked.filter((provider) => requests(provider).every((each) => each === undefined))
  assert.ok(asked.length > 70, String(asked.length))
  assert.deepEqual(
    missing.map(({ id }) => id),
    [],
  )
})

test('AC-8.3: a call below a suffix that customers share goes to the host that the secret is stored with', () => {
  const { probe: call } = findProvider('shopify')!
  const inject = { kind: 'header', name: 'X-Shopify-Access-Token' }
  const scopes = [
    { to: 'evil.example', inject },
    { to: 'https://acme.myshopify.com/admin', inject },
  ]
  const [here] = probeCalls(call!, scopes, {})
  assert.equal(
    probeRequest(here!, scopes, placeholder)?.url,
    'https://acme.myshopify.com/admin/oauth/access_scopes.json',
  )
  for (const to of ['evil.example', '*.myshopify.com', '.myshopify.com', 'acme.myshopify.com.evil.example']) {
    assert.deepEqual(probeCalls(call!, [{ to, inject }], {}), [], to)
  }
})

test('AC-8.3: a workspace of Databricks is asked in whichever cloud it is', () => {
  const { probe: call } = findProvider('databricks')!
  for (const to of ['dbc-1.cloud.databricks.com', 'adb-1.2.azuredatabricks.net', '1.1.gcp.databricks.com']) {
    const scopes = [{ to, inject: { kind: 'bearer' } }]
    assert.deepEqual(
      probeCalls(call!, scopes, {}).map((each) => probeRequest(each, scopes, placeholder)?.url),
      [`https://${to}/api/2.0/preview/scim/v2/Me`],
    )
  }
})

test('AC-8.3: each user that could go with a secret is tried, and one that cannot stand in a pair is not', () => {
  const provider = findProvider('twilio')!
  const users = (environment: Readonly<Record<string, string>>) =>
    probeCalls(provider.probe!, scopesOf(provider), environment).map((each) => each.user)
  assert.deepEqual(users({ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_API_KEY: 'SK1' }), ['AC1', 'SK1'])
  assert.deepEqual(users({ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_API_KEY: 'AC1' }), ['AC1'])
  for (const user of ['', 'a:b', 'a b', 'a\nb', 'ü', 'x'.repeat(256)]) {
    assert.deepEqual(users({ TWILIO_ACCOUNT_SID: user }), [undefined], user)
  }
})

test('AC-8.3: a call to AWS is signed for the host’s service and region, with what stands for the key', () => {
  const { probe: call } = findProvider('aws')!
  const scopes = [
    { to: 'sts.eu-central-1.amazonaws.com', inject: { kind: 'sigv4', services: ['sts'] } },
    { to: 's3.amazonaws.com', inject: { kind: 'sigv4', services: ['s3'] } },
  ]
  const requests = probeCalls(call!, scopes, {}).flatMap((each) => probeRequest(each, scopes, pair) ?? [])
  assert.deepEqual(
    requests.map(({ method, url, body }) => [method, url, body]),
    [
      ['GET', 'https://s3.amazonaws.com/', undefined],
      ['POST', 'https://sts.eu-central-1.amazonaws.com/', 'Action=GetCallerIdentity&Version=2011-06-15'],
    ],
  )
  const claims = requests.map(({ headers }) => headers['authorization'])
  assert.match(claims[0] ?? '', /Credential=AKIA0EXAMPLE\/20261123\/us-east-1\/s3\/aws4_request/)
  assert.match(claims[1] ?? '', /Credential=AKIA0EXAMPLE\/20261123\/eu-central-1\/sts\/aws4_request/)
  assert.ok(!JSON.stringify(requests).includes('the-placeholder'))
  const bucket = [{ to: 'shop.s3.eu-central-1.amazonaws.com', inject: { kind: 'sigv4' } }]
  assert.ok(probeCalls(call!, bucket, {}).every((each) => probeRequest(each, bucket, pair) === undefined))
  for (const to of ['sts.a.b.amazonaws.com', 'sts.*.amazonaws.com', 'sts..amazonaws.com']) {
    const hosts = probeCalls(call!, [{ to, inject: { kind: 'sigv4' } }], {}).map(({ host }) => host)
    assert.ok(!hosts.includes(to), to)
  }
})

test('AC-8.3: a registry is asked where its tokens are, and with the pair that a client would send', () => {
  const { probe: call } = findProvider('dockerhub')!
  const inject = { kind: 'registry', tokenUrl: 'https://auth.docker.io/token' }
  const asked = (inject: InjectorSpec) =>
    probeRequest({ ...call!, user: 'ann' }, [{ to: 'registry-1.docker.io', inject }], placeholder)
  assert.equal(asked(inject)?.url, 'https://auth.docker.io/token?service=registry.docker.io')
  assert.equal(asked(inject)?.headers['authorization'], `Basic ${btoa('ann:placeholder')}`)
  assert.equal(asked({ ...inject, username: 'bob' })?.headers['authorization'], `Basic ${btoa('bob:placeholder')}`)
  assert.equal(asked({ ...inject, tokenUrl: 'https://auth.docker.io/other' }), undefined)
})

test('AC-8.3: a Basic pair has the user that everybody has, and without one there is no call', () => {
  const scopes = [
    { to: 'api.example.com', inject: { kind: 'basic', as: 'password' } },
    { to: 'api.example.com', inject: { kind: 'bearer' } },
  ]
  assert.equal(probeRequest(probe, scopes, { placeholder: 'x' }), undefined)
  const header = probeRequest({ ...probe, user: 'api' }, scopes, { placeholder: 'x' })?.headers['authorization']
  assert.equal(header, `Basic ${btoa('api:x')}`)
})

test('AC-8.3: only an answer of the provider says whether the secret is good', () => {
  const secret = { name: 'one' } as SecretView
  const judge = (...outcomes: readonly RequestOutcome[]) =>
    vendorFinding(
      { env: 'A', secret, calls: [probe] },
      outcomes.map((outcome) => ({ call: probe, outcome })),
    ).status
  assert.deepEqual(
    [200, 302, 401, 403, 404, 429, 500].map((status) => judge({ status })),
    [...(['ok', 'ok', 'failed', 'failed'] as const), ...(['warning', 'warning', 'warning'] as const)],
  )
  assert.equal(judge({ status: 200, isTrue: false }), 'failed')
  assert.equal(judge({ status: 403, code: 'destination_denied' }), 'failed')
  assert.equal(judge({ status: 0, failure: 'ECONNRESET' }), 'failed')
  assert.equal(judge({ status: 403, isGoodRefusal: true }), 'ok')
  assert.equal(judge({ status: 403, isGoodRefusal: false }), 'failed')
  assert.equal(judge(), 'skipped')
  // Other regions and other users are tried as well: one that takes the secret is enough, and none may be silent about it.
  assert.equal(judge({ status: 401 }, { status: 200 }, { status: 500 }), 'ok')
  assert.equal(judge({ status: 401 }, { status: 500 }), 'warning')
  assert.equal(judge({ status: 401 }, { status: 403 }), 'failed')
})

test('AC-8.3: where a user is missing, the finding says where it is looked for', () => {
  const calls = probeCalls(findProvider('bitbucket')!.probe!, scopesOf(findProvider('bitbucket')!), {})
  const { status, remedy } = vendorFinding({ env: 'A', secret: { name: 'one' } as SecretView, calls }, [])
  assert.equal(status, 'skipped')
  assert.match(remedy ?? '', /BITBUCKET_EMAIL or BITBUCKET_USERNAME/)
})
