import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signAwsRequest } from './sign-aws-request.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const place = { region: 'us-east-1', service: 'service', at: new Date('2015-08-30T12:36:00Z') }
const url = new URL('https://example.amazonaws.com/')

/** From the published test suite of AWS Signature Version 4. */
const vectors = [
  ['post-vanilla', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-x-www-form-urlencoded',
    { 'content-type': 'application/x-www-form-urlencoded' },
    'Param1=value1',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
] as const

for (const [name, headers, body, signature] of vectors) {
  test(`${name} is signed as AWS published it`, () => {
    const signed = signAwsRequest({ method: 'POST', url, headers, body }, credentials, place)
    assert.match(signed['authorization'] ?? '', new RegExp(`, Signature=${signature}$`))
    assert.equal(signed['x-amz-date'], '20150830T123600Z')
  })
}

test('a session token is sent and signed', () => {
  const request = { method: 'POST', url, headers: {}, body: '' } as const
  const signed = signAwsRequest(request, { ...credentials, sessionToken: 'token' }, place)
  assert.match(signed['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/)
  assert.equal(signed['x-amz-security-token'], 'token')
})
