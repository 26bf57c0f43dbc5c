import assert from 'node:assert/strict'
import { isAbsolute } from 'node:path'
import { test } from 'node:test'
import { brokerCommand } from './broker-command.ts'

test('SEC-05: the environment of a broker is an allow list, its PATH is fixed, and its programs are absolute', () => {
  const hostile = {
    HOME: '/h',
    LANG: 'C',
    PATH: '/evil',
    NODE_OPTIONS: '--require x',
    LD_PRELOAD: 'x',
    OPENAI_API_KEY: 'x',
  }
  const { file, args, env } = brokerCommand(hostile)
  assert.deepEqual(Object.keys(env).sort(), ['HOME', 'LANG', 'PATH'])
  assert.doesNotMatch(env['PATH'] ?? '', /evil/)
  const [, script, , node = '', ...flags] = args
  assert.ok(isAbsolute(file) && isAbsolute(node) && isAbsolute(flags.at(-1) ?? ''))
  assert.equal(script, 'ulimit -c 0; umask 077; exec "$@"')
  assert.ok(flags.includes('--disable-sigusr1'))
})
