import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userEnvironment } from './user-environment.ts'

test('what the entry set aside is there again, as data', () => {
  const environment = { HOME: '/h', COATCHECK_SET_ASIDE: '{"NODE_ENV":"test","LD_PRELOAD":"/x.so","odd":1}' }
  assert.deepEqual(userEnvironment(environment), { HOME: '/h', NODE_ENV: 'test', LD_PRELOAD: '/x.so' })
  assert.deepEqual(userEnvironment({ HOME: '/h' }), { HOME: '/h' })
})
