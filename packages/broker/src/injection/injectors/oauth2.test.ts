import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { FormQuestion } from '../derivation.ts'
import { headAround } from '../injector.suite.ts'
import { oauth2 } from './oauth2.ts'

const tokenUrl = 'https://auth.example.com/oauth/token'
const placeholder = 'coatcheck_0123456789abcdefghijklmn'
const at = new Date('2026-11-23T10:00:00Z')
const client = { client_id: 'id', client_secret: 'the secret/of+it' }
const spec = (further: object): InjectorSpec => ({ kind: 'oauth2', tokenUrl, grant: 'client-credentials', ...further })
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

function ask(further: object, value: unknown) {
  return oauth2.prepare(spec(further)).derivation!.ask(bytes(value), at) as FormQuestion
}

function isProblem(code: CoatcheckError['code']) {
  return (error: unknown): boolean => error instanceof CoatcheckError && error.code === code
}

test('W4: the placeholder stands where an access token does, and what was made is put there', () => {
  const injection = oauth2.prepare(spec({}))
  const withToken = (text: string) => headAround({ fields: [{ name: 'Authorization', value: `Bearer ${text}` }] })
  const head = withToken(placeholder)
  assert.ok(injection.carries(head, placeholder))
  injection.apply(head, placeholder, bytes('the-access-token'))
  assert.deepEqual(head, withToken('the-access-token'))
  assert.equal(injection.carries(headAround({ fields: [{ name: 'X-Token', value: placeholder }] }), placeholder), false)
})

test('client credentials go into the form, or into a pair that is written as in a form', () => {
  const form = { grant_type: 'client_credentials', scope: 'a b', audience: 'urn:x' }
  const options = { oauthScopes: ['a', 'b'], audience: 'urn:x' }
  assert.deepEqual(ask(options, client), { form: { ...form, ...client } })
  const pair = Buffer.from('id:the+secret%2Fof%2Bit').toString('base64')
  assert.deepEqual(ask({ ...options, clientAuth: 'basic' }, client), { form, authorization: `Basic ${pair}` })
})

test('AC-5.1: a refresh says the client only where the secret knows one', () => {
  const grant = 'refresh-token'
  const form = { grant_type: 'refresh_token', refresh_token: 'r' }
  assert.deepEqual(ask({ grant }, { refresh_token: 'r' }), { form })
  assert.deepEqual(ask({ grant }, { refresh_token: 'r', client_id: 'id' }), { form: { ...form, client_id: 'id' } })
  assert.deepEqual(ask({ grant }, { refresh_token: 'r', ...client }), { form: { ...form, ...client } })
})

test('AC-5.2: another refresh token takes the place of the one before, and the rest of the secret stays', () => {
  const { renew } = oauth2.prepare(spec({ grant: 'refresh-token' })).derivation!
  const stored = bytes({ refresh_token: 'one', client_id: 'id', more: { a: [1] } })
  assert.equal(renew(stored, 'one'), undefined)
  const renewed = JSON.parse(Buffer.from(renew(stored, 'two')!).toString())
  assert.deepEqual(renewed, { refresh_token: 'two', client_id: 'id', more: { a: [1] } })
  assert.equal(oauth2.prepare(spec({})).derivation!.renew(bytes(client), 'two'), undefined)
})

test('an assertion says who, to whom and until when, and is signed by the key, RSA or P-256', () => {
  const pairs = [
    [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256', undefined],
    [generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256', 'ieee-p1363'],
  ] as const
  for (const [{ privateKey, publicKey }, alg, dsaEncoding] of pairs) {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const value = { private_key: pem, private_key_id: 'k1', issuer: 'me', subject: 'you' }
    const { form } = ask({ grant: 'jwt-bearer', oauthScopes: ['a'] }, value)
    assert.equal(form['grant_type'], 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [head = '', claims = '', signature = ''] = form['assertion']!.split('.')
    assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg, typ: 'JWT', kid: 'k1' })
    assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
      iss: 'me',
      sub: 'you',
      aud: tokenUrl,
      iat: at.getTime() / 1000,
      exp: at.getTime() / 1000 + 300,
      scope: 'a',
    })
    const key = dsaEncoding === undefined ? publicKey : { key: publicKey, dsaEncoding }
    assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')))
  }
})

const weakKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
const unusable: readonly (readonly [grant: string, value: unknown])[] = [
  ['client-credentials', 'a-secret-as-it-is'],
  ['client-credentials', '["a"]'],
  ['client-credentials', 'null'],
  ['client-credentials', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')],
  ['client-credentials', { client_id: 'id' }],
  ['client-credentials', { client_id: 'id', client_secret: '' }],
  ['client-credentials', { client_id: 'id', client_secret: 12 }],
  ['client-credentials', { client_id: 'id', client_secret: 'a\r\nX: y' }],
  ['client-credentials', { ...client, more: 'x'.repeat(20_000) }],
  ['refresh-token', client],
  ['jwt-bearer', { issuer: 'me' }],
  ['jwt-bearer', { issuer: 'me', private_key: 'no key' }],
  ['jwt-bearer', { issuer: 'me', private_key: weakKey }],
]
test('R-78: a value that cannot be asked with is refused when it is saved, and not repeated', () => {
  for (const [grant, value] of unusable) {
    const { check } = oauth2.prepare(spec({ grant }))
    assert.throws(
      () => check(bytes(value)),
      (error) => isProblem('secret_unusable')(error) && !String(error).includes('the secret'),
      JSON.stringify(value),
    )
  }
})

test('SEC-15: a token URL is https, one exact name and one path that can be read in one way only', () => {
  const wrong = [
    'http://auth.example.com/token',
    'https://auth.example.com',
    'https://*.example.com/token',
    'https://~x/token',
    'https://user@auth.example.com/token',
    'https://auth.example.com/token?x=1',
    'https://auth.example.com/token#x',
    'https://auth.example.com/a/../token',
    'https://auth.example.com/%74oken',
    'https://auth.example.com//token',
    'https://127.0.0.1/token',
    'https://[::1]/token',
    'https://auth.example.com:0/token',
    'HTTPS://AUTH.EXAMPLE.COM/token',
    `https://auth.example.com/${'a'.repeat(600)}`,
    'file:///etc/passwd',
    '',
  ]
  for (const url of wrong) assert.throws(() => oauth2.prepare(spec({ tokenUrl: url })), isProblem('scope_invalid'), url)
  const { endpoint } = oauth2.prepare(spec({ tokenUrl: 'https://auth.example.com:8443/a/token' })).derivation!
  assert.deepEqual(endpoint, {
    destination: { scheme: 'https', host: 'auth.example.com', port: 8443 },
    path: '/a/token',
  })
})

test('R-62: unknown and malformed options are refused', () => {
  for (const further of [
    { grant: 'password' },
    { grant: undefined },
    { tokenUrl: undefined },
    { clientAuth: 'none' },
    { oauthScopes: 'a' },
    { oauthScopes: ['a b'] },
    { audience: 'a b' },
    { grant: 'refresh-token', audience: 'x' },
    { scope: 'a' },
  ]) {
    assert.throws(() => oauth2.prepare(spec(further)), isProblem('scope_invalid'), JSON.stringify(further))
  }
})
