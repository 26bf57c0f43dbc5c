import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCredentials } from './find-credentials.ts'

const key = 'sk-proj-0123456789abcdefghijABCDEFGHIJ'

test('keys of known providers are found, other variables are not', () => {
  const { credentials, leftOut } = findCredentials({ OPENAI_API_KEY: key, MY_API_KEY: key, PATH: '/bin' }, [])
  assert.deepEqual(credentials, { OPENAI_API_KEY: key })
  assert.deepEqual(leftOut, [])
})

test('a variable that somebody decided about is left alone', () => {
  assert.deepEqual(findCredentials({ OPENAI_API_KEY: key }, ['OPENAI_API_KEY']), { credentials: {}, leftOut: [] })
})

for (const [what, environment, reason] of [
  [
    'for another server',
    { OPENAI_API_KEY: key, OPENAI_BASE_URL: 'http://llm.internal' },
    /OPENAI_BASE_URL points elsewhere/,
  ],
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
