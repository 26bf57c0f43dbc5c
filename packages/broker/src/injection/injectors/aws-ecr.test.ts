import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { TokenReply, WrittenQuestion } from '../derivation.ts'
import { awsEcr } from './aws-ecr.ts'

const pair = { accessKeyId: 'AKIDEXAMPLEEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const now = new Date('2026-11-23T10:00:00Z')
const prepare = (region: unknown) => awsEcr.prepare({ kind: 'aws-ecr', region } as InjectorSpec)
const derivation = prepare('eu-central-1').derivation!
const isProblem = (code: CoatcheckError['code']) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === code

test('G7: the region’s own service is asked by a signed question', () => {
  assert.equal(derivation.endpoint.destination.host, 'api.ecr.eu-central-1.amazonaws.com')
  assert.equal(prepare('cn-north-1').derivation!.endpoint.destination.host, 'api.ecr.cn-north-1.amazonaws.com.cn')
  const { body, fields } = derivation.ask(Buffer.from(JSON.stringify(pair)), now) as WrittenQuestion
  assert.equal(body, '{}')
  assert.equal(fields['x-amz-target'], 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken')
  assert.match(
    fields['authorization']!,
    /Credential=AKID\w+\/20261123\/eu-central-1\/ecr\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target,/,
  )
})

test('SEC-15: a region is one, and a secret a pair of keys', () => {
  for (const region of [undefined, '', 'eu', 'eu-central-1.evil.example/', 'EU-central-1'])
    assert.throws(() => prepare(region), isProblem('scope_invalid'), region)
  assert.throws(() => prepare('eu-central-1').check(Buffer.from('a-password')), isProblem('secret_unusable'))
})

const password = 'eyJwYXlsb2FkIjoiZ2l2ZW4i'
const data = { authorizationToken: btoa(`AWS:${password}`), expiresAt: now.getTime() / 1_000 + 43_200.5 }
const read = (status: number, body: object | string): TokenReply =>
  derivation.read!({ status, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }, now)

test('G7: the password of the pair is taken, for as long as the answer says', () => {
  assert.deepEqual(read(200, { authorizationData: [data] }), {
    ...{ outcome: 'token', credential: password, lifeMs: 43_200_500, refreshToken: undefined },
  })
})

for (const [what, answer] of [
  ['no JSON', '<html>'],
  ['nothing', {}],
  ['no registry', { authorizationData: [] }],
  ['two registries', { authorizationData: [data, data] }],
  ['another user', { authorizationData: [{ ...data, authorizationToken: btoa(`EVE:${password}`) }] }],
  ['no pair', { authorizationData: [{ ...data, authorizationToken: btoa(password) }] }],
  [
    'a line break in the password',
    { authorizationData: [{ ...data, authorizationToken: btoa(`AWS:${password}\r\nX: y`) }] },
  ],
  ['no end', { authorizationData: [{ ...data, expiresAt: undefined }] }],
  ['an end in words', { authorizationData: [{ ...data, expiresAt: '2026-11-24' }] }],
  ['an end beyond all time', { authorizationData: [{ ...data, expiresAt: 1e300 }] }],
  ['an end that is over', { authorizationData: [{ ...data, expiresAt: 1 }] }],
] as const)
  test(`G7: an answer with ${what} gives no password`, () => assert.equal(read(200, answer).outcome, 'refused'))

test('only what says that the keys are dead is final, and no other word of an answer is repeated', () => {
  const refusal = (status: number, type: string) => {
    const reply = read(status, { __type: type, message: 'said by the service' })
    return reply.outcome === 'refused' ? [reply.reason, reply.isFinal] : []
  }
  assert.deepEqual(refusal(400, 'UnrecognizedClientException'), ['UnrecognizedClientException', true])
  assert.deepEqual(refusal(400, 'com.amazon.coral.service#ExpiredTokenException'), ['ExpiredTokenException', true])
  assert.deepEqual(refusal(400, 'AccessDeniedException'), ['AccessDeniedException', false])
  assert.deepEqual(refusal(500, 'UnrecognizedClientException'), ['UnrecognizedClientException', false])
  assert.deepEqual(refusal(400, 'constructor'), ['status 400', false])
})
