import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCredentials } from './find-credentials.ts'

const key = 'sk-proj-0123456789abcdefghijABCDEFGHIJ'

test('keys of known providers are found, other variables are not', () => {
  const { credentials, leftOut } = findCredentials({ OPENAI_API_KEY: key, MY_API_KEY: key, PATH: '/bin' }, [])
  assert.deepEqual(credentials, { OPENAI_API_KEY: key })
  assert.deepEqual(leftOut, [])
})

const pair = { AWS_ACCESS_KEY_ID: 'AKIAREALREALREALREAL', AWS_SECRET_ACCESS_KEY: 'r/'.repeat(20) }

test('S5: a pair of keys is found with its session token, and the region is handed on', () => {
  const environment = { ...pair, AWS_SESSION_TOKEN: 't+'.repeat(60), AWS_REGION: 'eu-central-1', AWS_PROFILE: 'work' }
  const { credentials, companions } = findCredentials(environment, [])
  const { AWS_REGION: _, AWS_PROFILE: __, ...keys } = environment
  assert.deepEqual(credentials, keys)
  assert.deepEqual(companions, ['AWS_REGION'])
})

test('half of a pair of keys is withheld, with the name of the other half', () => {
  for (const [half, other] of [
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'],
  ] as const) {
    const { credentials, leftOut } = findCredentials({ [half]: pair[half] }, [])
    assert.deepEqual([credentials, leftOut], [{}, [{ variable: half, reason: `${other} is not set` }]])
  }
})

test('a pair of keys of which somebody decided about a part is left alone', () => {
  for (const taken of ['AWS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    const { credentials, leftOut } = findCredentials(pair, [taken])
    assert.deepEqual([credentials, leftOut], [{}, []])
  }
})

test('a variable that somebody decided about is left alone', () => {
  const { credentials, leftOut } = findCredentials({ OPENAI_API_KEY: key }, ['OPENAI_API_KEY'])
  assert.deepEqual([credentials, leftOut], [{}, []])
})

test('a base URL binds the key to that place, and is handed on as it is', () => {
  const url = 'https://llm.corp.example:8443/v1/'
  const found = findCredentials({ OPENAI_API_KEY: key, OPENAI_BASE_URL: url, STRIPE_API_BASE: url }, [])
  assert.deepEqual(found.baseUrls, { OPENAI_API_KEY: 'https://llm.corp.example:8443/v1' })
  assert.deepEqual(found.companions, ['OPENAI_BASE_URL'])
})

test('a base URL of the provider itself changes nothing', () => {
  const found = findCredentials({ OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://api.openai.com/v1' }, [])
  assert.deepEqual([found.baseUrls, found.companions], [{}, ['OPENAI_BASE_URL']])
})

test('the base URL that counts is the one that the sandbox gets', () => {
  const user = { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://one.example' }
  const set = { OPENAI_BASE_URL: 'https://two.example' }
  const found = findCredentials(user, ['OPENAI_BASE_URL'], set)
  assert.deepEqual([found.baseUrls, found.companions], [{ OPENAI_API_KEY: 'https://two.example' }, []])
})

for (const [what, environment, reason] of [
  ['for a server in clear text', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'http://llm.corp.example' }, /is not https/],
  ['for an address', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://10.0.0.7/v1' }, /names an address/],
  ['for an address in brackets', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://[::1]/v1' }, /names an address/],
  ['for this machine', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://localhost/v1' }, /private network/],
  ['for a private name', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://llm.internal/v1' }, /private network/],
  ['with a login in the URL', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'https://a:b@llm.example' }, /password/],
  ['with something that is no URL', { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'llm.example' }, /is not a URL/],
  ['that is a placeholder', { STRIPE_API_KEY: 'sk_test_coatcheck_0123456789abcdef' }, /placeholder already/],
  ['with a line break', { OPENAI_API_KEY: `${key}\n` }, /cannot be sent/],
  ['that is too short', { OPENAI_API_KEY: 'none' }, /too short/],
] as const) {
  test(`a key ${what} is withheld, with the reason`, () => {
    const { credentials, leftOut } = findCredentials(environment, [])
    assert.deepEqual(credentials, {})
    assert.match(leftOut[0]?.reason ?? '', reason)
  })
}
