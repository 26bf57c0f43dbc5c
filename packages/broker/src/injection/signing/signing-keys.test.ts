import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { parseSigningKeys } from './signing-keys.ts'

const accessKeyId = 'AKIAREALREALREALREAL'
const secretAccessKey = 'Real/Key+='.repeat(4)
const sessionToken = `${'token/+'.repeat(20)}==`
const pair = { accessKeyId, secretAccessKey, sessionToken: null }
const lasting = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey }

for (const [what, text, expected] of [
  ['an object', JSON.stringify({ accessKeyId, secretAccessKey }), pair],
  ['an object with a token', JSON.stringify({ ...pair, sessionToken }), { ...pair, sessionToken }],
  ['an object with an empty token', JSON.stringify({ ...pair, sessionToken: '' }), pair],
  ['a new key, as it is printed', JSON.stringify({ AccessKey: { UserName: 'me', ...lasting } }), pair],
  [
    'an assumed role, as it is printed',
    JSON.stringify({ Credentials: { ...lasting, SessionToken: sessionToken } }),
    { ...pair, sessionToken },
  ],
  ['exported keys', JSON.stringify({ Version: 1, ...lasting, Expiration: '2026' }), pair],
  [
    'a profile',
    `[default]\naws_access_key_id = ${accessKeyId}\n# mine\naws_secret_access_key=${secretAccessKey}\n`,
    pair,
  ],
  ['two lines', `${accessKeyId}\n${secretAccessKey}`, pair],
  [
    'three lines of another system',
    `${accessKeyId}\r\n${secretAccessKey}\r\n${sessionToken}\r\n`,
    { ...pair, sessionToken },
  ],
] as const) {
  test(`a secret that signs can be ${what}`, () => assert.deepEqual(parseSigningKeys(Buffer.from(text)), expected))
}

for (const text of [
  '',
  '{',
  'null',
  '{"accessKeyId":1}',
  '{"AccessKey":"text"}',
  accessKeyId,
  `${accessKeyId}\nshort`,
  `bad id of a key\n${secretAccessKey}`,
  `${accessKeyId}\n${secretAccessKey}\n${sessionToken}\nmore`,
  `${accessKeyId}\nkey with spaces in between`,
]) {
  test(`R-67: ${JSON.stringify(text)} is no secret that signs, and is not repeated`, () => {
    assert.throws(
      () => parseSigningKeys(Buffer.from(text)),
      (error) =>
        error instanceof CoatcheckError &&
        error.code === 'secret_unusable' &&
        !JSON.stringify([error.message, error.facts]).includes(accessKeyId),
    )
  })
}
