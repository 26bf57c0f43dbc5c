import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signingKeyId } from '../foundation/signing-placeholder.ts'
import { newSigningPlaceholder } from './placeholder.ts'
import { joinSigningKeys, variablesOf } from './variables-of.ts'

const placeholder = newSigningPlaceholder()

test('S1: a placeholder that clients sign with stands in two variables, under whichever name it was asked for', () => {
  assert.match(placeholder, /^coatcheck_sign_[0-9A-Za-z]{25}$/)
  const both = { AWS_ACCESS_KEY_ID: signingKeyId(placeholder), AWS_SECRET_ACCESS_KEY: placeholder }
  for (const env of ['AWS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    assert.deepEqual(variablesOf(env, placeholder), both)
  }
  assert.deepEqual(Object.keys(variablesOf('R2', placeholder)), ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'])
})

test('S1: any other placeholder stands in its own variable', () => {
  assert.deepEqual(variablesOf('AWS_ACCESS_KEY_ID', 'coatcheck_x'), { AWS_ACCESS_KEY_ID: 'coatcheck_x' })
})

test('S5: the parts of a pair of keys are put together, and nothing else is', () => {
  const pair = { A_ACCESS_KEY_ID: 'id', A_SECRET_ACCESS_KEY: 'key' }
  const others = { OPENAI_API_KEY: 'x', B_ACCESS_KEY_ID: 'alone', C_SESSION_TOKEN: 'alone' }
  const joined = joinSigningKeys({ ...pair, A_SESSION_TOKEN: 'token', ...others })
  const { A_ACCESS_KEY_ID: value, ...rest } = joined
  assert.deepEqual(JSON.parse(value!), { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' })
  assert.deepEqual(rest, others)
  assert.equal(joinSigningKeys(pair)['A_ACCESS_KEY_ID'], '{"accessKeyId":"id","secretAccessKey":"key"}')
})
