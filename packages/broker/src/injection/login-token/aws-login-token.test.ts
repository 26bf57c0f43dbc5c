import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsLoginToken } from './aws-login-token.ts'

const at = new Date('2016-11-07T17:39:33.500Z')

/** Parts of a token, whatever their order. */
function partsOf(token: string): Readonly<Record<string, string>> {
  const url = new URL(`https://${token}`)
  return { place: `${url.host}${url.pathname}`, ...Object.fromEntries(url.searchParams) }
}

// What the programs of AWS themselves make of these, by the tests of their repositories.
const published = [
  {
    host: 'prod-instance.us-east-1.rds.amazonaws.com:3306',
    user: 'someusername',
    keys: { accessKeyId: 'akid', secretAccessKey: 'skid', sessionToken: null },
    signature: 'd1138cdbc0ca63eec012ec0fc6c2267e03642168f5884a7795320d4c18374c61',
  },
]

for (const { host, user, keys, signature } of published) {
  test(`a token for ${user} is signed as AWS signs it`, () => {
    const query = { Action: 'connect', DBUser: user }
    const token = awsLoginToken({ service: 'rds-db', region: 'us-east-1', host, query }, keys, at)
    assert.deepEqual(partsOf(token), {
      place: `${host}/`,
      ...query,
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${keys.accessKeyId}/20161107/us-east-1/rds-db/aws4_request`,
      'X-Amz-Date': '20161107T173933Z',
      'X-Amz-Expires': '900',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': signature,
    })
  })
}

test('a session token is signed along, and a name of any letters is written as URLs have it', () => {
  const keys = { accessKeyId: 'akid', secretAccessKey: 'skid', sessionToken: 'a+b/c=' }
  const target = { service: 'rds-db', region: 'us-east-1', host: 'db:5432' }
  const make = (user: string) => awsLoginToken({ ...target, query: { Action: 'connect', DBUser: user } }, keys, at)
  const token = make('zoë & co')
  assert.match(token, /^db:5432\/\?Action=connect&DBUser=zo%C3%AB%20%26%20co&/)
  assert.match(token, /&X-Amz-Security-Token=a%2Bb%2Fc%3D&/)
  assert.notEqual(partsOf(token)['X-Amz-Signature'], partsOf(make('zoë'))['X-Amz-Signature'])
})
