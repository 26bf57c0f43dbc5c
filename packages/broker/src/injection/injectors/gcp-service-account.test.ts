import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { FormQuestion } from '../derivation.ts'
import { gcpServiceAccount } from './gcp-service-account.ts'

const kind = 'gcp-service-account'
const file = {
  type: 'service_account',
  client_email: 'robot@project.iam.gserviceaccount.com',
  private_key_id: 'k',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
}
const isProblem =
  (code: CoatcheckError['code']) =>
  (error: unknown): boolean =>
    error instanceof CoatcheckError && error.code === code

function claimsOf(spec: InjectorSpec): Readonly<Record<string, unknown>> {
  const { ask } = gcpServiceAccount.prepare(spec).derivation!
  const { form } = ask(Buffer.from(JSON.stringify(file)), new Date('2026-11-23T10:00:00Z')) as FormQuestion
  return JSON.parse(Buffer.from(form['assertion']!.split('.')[1]!, 'base64url').toString())
}

test('W4: an assertion asks for an access token by its scopes, or for an ID token by its audience', () => {
  const aud = 'https://oauth2.googleapis.com/token'
  const said = { iss: file.client_email, aud, iat: 1795428000, exp: 1795431600 }
  const scopes = ['https://www.googleapis.com/auth/a', 'https://www.googleapis.com/auth/b']
  assert.deepEqual(claimsOf({ kind, oauthScopes: scopes }), { ...said, scope: scopes.join(' ') })
  assert.deepEqual(claimsOf({ kind, audience: 'https://x.example' }), { ...said, target_audience: 'https://x.example' })
  assert.equal(gcpServiceAccount.prepare({ kind, audience: 'x' }).derivation!.takes, 'id_token')
})

test('SEC-15: a key file does not say where it is sent', () => {
  const { check } = gcpServiceAccount.prepare({ kind, oauthScopes: ['a'] })
  check(Buffer.from(JSON.stringify({ ...file, token_uri: 'https://oauth2.googleapis.com/token' })))
  for (const change of [
    { token_uri: 'https://evil.example/token' },
    { type: 'authorized_user' },
    { client_email: '' },
  ]) {
    assert.throws(() => check(Buffer.from(JSON.stringify({ ...file, ...change }))), isProblem('secret_unusable'))
  }
})

test('R-62: it is either scopes or an audience', () => {
  for (const further of [
    {},
    { oauthScopes: ['a'], audience: 'b' },
    { oauthScopes: ['a'], tokenUrl: 'https://x.y/z' },
  ]) {
    assert.throws(() => gcpServiceAccount.prepare({ kind, ...further }), isProblem('scope_invalid'))
  }
})

test('G7: with another account, the file’s own token is good for asking alone, and the answer’s is what counts', () => {
  const impersonate = 'reader@project.iam.gserviceaccount.com'
  const spec = { kind, oauthScopes: ['a', 'b'], impersonate }
  assert.equal(claimsOf(spec)['scope'], 'https://www.googleapis.com/auth/iam')
  const { key, minting } = gcpServiceAccount.prepare(spec).derivation!
  const { ask, endpoint } = minting!.further!
  assert.equal(endpoint.destination.host, 'iamcredentials.googleapis.com')
  assert.equal(endpoint.path, `/v1/projects/-/serviceAccounts/${impersonate}:generateAccessToken`)
  assert.deepEqual(ask('first', new Date()), {
    method: 'POST',
    body: '{"scope":["a","b"],"lifetime":"900s"}',
    fields: { 'Content-Type': 'application/json', Authorization: 'Bearer first' },
  })
  assert.notEqual(gcpServiceAccount.prepare({ ...spec, seconds: '300' }).derivation!.key, key)
  assert.equal(gcpServiceAccount.prepare({ kind, oauthScopes: ['a'] }).derivation!.minting, undefined)
})

test('R-62: another account is one address, goes with scopes, and has a life within limits', () => {
  const impersonate = 'reader@project.iam.gserviceaccount.com'
  for (const further of [
    { oauthScopes: ['a'], impersonate: 'a@b.example' },
    { oauthScopes: ['a'], impersonate: 'x/../y@project.iam.gserviceaccount.com' },
    { audience: 'x', impersonate },
    { oauthScopes: ['a'], seconds: '600' },
    ...['299', '3601', '1e3', '-600', ''].map((seconds) => ({ oauthScopes: ['a'], impersonate, seconds })),
  ]) {
    assert.throws(() => gcpServiceAccount.prepare({ kind, ...further }), isProblem('scope_invalid'))
  }
})
