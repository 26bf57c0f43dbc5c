import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { childEnvironment } from './child-environment.ts'

const user = {
  PATH: '/usr/bin',
  TERM: 'xterm',
  LANG: 'C.UTF-8',
  LC_ALL: 'C',
  TZ: 'UTC',
  USER: 'me',
  HOME: '/home/me',
  NODE_ENV: 'test',
  NODE_OPTIONS: '--require ./evil.js',
  AWS_SECRET_ACCESS_KEY: 'real',
  OPENAI_API_KEY: 'real',
  SSH_AUTH_SOCK: '/run/agent',
  COATCHECK_HOME: '/srv/coatcheck',
  COATCHECK_TOKEN: 'management',
  LD_PRELOAD: '/x.so',
  LC_: 'odd',
}
const nothing = { pass: [], set: {}, placeholders: {} }
const refused = (error: unknown): boolean => error instanceof CoatcheckError && error.code === 'request_invalid'

test('R-87: a sandbox gets what describes the terminal, and nothing else of the caller', () => {
  const { env, withheld } = childEnvironment(user, nothing)
  assert.deepEqual(Object.keys(env).sort(), ['LANG', 'LC_ALL', 'PATH', 'TERM', 'TZ', 'USER'])
  assert.deepEqual(withheld.length, Object.keys(user).length - 6)
  assert.ok(withheld.includes('COATCHECK_TOKEN'))
})

test('what is passed and set is there, and a placeholder stands where the key was', () => {
  const placeholders = { OPENAI_API_KEY: 'sk-coatcheck-1' }
  const { env, withheld } = childEnvironment(user, { pass: ['NODE_ENV'], set: { DEBUG: '1' }, placeholders })
  assert.deepEqual([env['NODE_ENV'], env['DEBUG'], env['OPENAI_API_KEY']], ['test', '1', 'sk-coatcheck-1'])
  assert.ok(!withheld.includes('OPENAI_API_KEY'))
  assert.ok(!Object.values(env).includes('real'))
})

for (const name of ['COATCHECK_HOME', 'COATCHECK_TOKEN', 'SSH_AUTH_SOCK', 'LD_PRELOAD', 'DOCKER_HOST']) {
  test(`R-87: ${name} is not passed even when it is asked for`, () => {
    assert.throws(() => childEnvironment({ ...user, [name]: 'x' }, { ...nothing, pass: [name] }), refused)
    assert.throws(() => childEnvironment(user, { ...nothing, set: { [name]: 'x' } }), refused)
  })
}

test('a variable cannot be a placeholder and something else', () => {
  const placeholders = { OPENAI_API_KEY: 'p' }
  assert.throws(() => childEnvironment(user, { pass: ['OPENAI_API_KEY'], set: {}, placeholders }), refused)
  assert.throws(() => childEnvironment(user, { pass: [], set: { OPENAI_API_KEY: 'x' }, placeholders }), refused)
})

test('a variable that is not set cannot be passed', () => {
  assert.throws(() => childEnvironment(user, { ...nothing, pass: ['NODE_ENVV'] }), refused)
})
