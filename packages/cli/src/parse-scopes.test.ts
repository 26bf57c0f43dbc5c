import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pin } from '@coatcheck/contract'
import { Command, CommanderError } from 'commander'
import { addScopeOptions, parsePin, type ScopeOptions, scopesFrom } from './parse-scopes.ts'

const pins: readonly (readonly [string, Pin])[] = [
  ['10.0.0.1', { address: '10.0.0.1' }],
  ['10.0.0.1:8443', { address: '10.0.0.1', port: 8443 }],
  ['[fd00::1]:8443', { address: 'fd00::1', port: 8443 }],
  ['[fd00::1]', { address: 'fd00::1' }],
  ['fd00::1', { address: 'fd00::1' }],
]
for (const [text, pin] of pins) test(`--pin ${text}`, () => assert.deepEqual(parsePin(text), pin))

for (const text of [
  '',
  'localhost',
  '10.0.0',
  '10.0.0.1:0',
  '10.0.0.1:65536',
  '10.0.0.1:',
  '[10.0.0.1]:1',
  'fd00::1]',
]) {
  test(`--pin ${text} is refused`, () => assert.throws(() => parsePin(text), { name: 'InvalidArgumentError' }))
}

function scopes(...args: readonly string[]) {
  const command = addScopeOptions(new Command('x').exitOverride().configureOutput({ outputError: () => undefined }))
  command.parse(args, { from: 'user' })
  return scopesFrom(command.opts<ScopeOptions>(), command)
}

test('one way of injecting serves every destination, or each has its own', () => {
  const to = ['--to', 'a.example', '--to', 'b.example']
  assert.deepEqual(
    scopes(...to, '--inject', 'basic')?.map(({ inject }) => inject.kind),
    ['basic', 'basic'],
  )
  assert.deepEqual(
    scopes(...to, '--inject', 'basic', '--inject', 'bearer')?.map(({ inject }) => inject.kind),
    ['basic', 'bearer'],
  )
})

test('pin, private addresses, and what happens on the way there and back are said for every destination', () => {
  assert.deepEqual(
    scopes(
      ...['--to', 'a.example', '--inject', 'bearer', '--pin', '10.0.0.1'],
      ...['--allow-private', '--attach', 'always', '--foreign', 'replace'],
      ...['--cookies', 'pass', '--uninspected', 'block', '--new-keys', 'pass'],
    ),
    [
      {
        to: 'a.example',
        inject: { kind: 'bearer' },
        attach: 'always',
        foreign: 'replace',
        cookies: 'pass',
        uninspected: 'block',
        newKeys: 'pass',
        pin: { address: '10.0.0.1' },
        allowPrivate: true,
      },
    ],
  )
})

test('classes of calls are named in any order, or none is', () => {
  const refused = (text: string) => scopes('--to', 'a.example', '--inject', 'bearer', '--refuse', text)?.[0]?.refuse
  assert.deepEqual(refused('money, credentials'), ['credentials', 'money'])
  assert.deepEqual(refused('none'), [])
})

test('options that describe no whole scope are refused', () => {
  assert.equal(scopes(), undefined)
  for (const args of [
    ['--inject', 'bearer'],
    ['--pin', '10.0.0.1'],
    ['--to', 'a.example'],
    ['--attach', 'always'],
    ['--foreign', 'pass'],
    ['--cookies', 'pass'],
    ['--uninspected', 'pass'],
    ['--refuse', 'none'],
    ['--new-keys', 'pass'],
    ['--to', 'a.example', '--inject', 'bearer', '--attach', 'sometimes'],
    ['--to', 'a.example', '--inject', 'bearer', '--foreign', 'allow'],
    ['--to', 'a.example', '--inject', 'bearer', '--cookies', 'block'],
    ['--to', 'a.example', '--inject', 'bearer', '--uninspected', 'allow'],
    ...['', 'all', 'none,money', 'money,theft'].map((classes) => [
      ...['--to', 'a.example', '--inject', 'bearer', '--refuse', classes],
    ]),
    ['--to', 'a.example', '--inject', 'bearer', '--new-keys', 'drop'],
  ]) {
    assert.throws(() => scopes(...args), CommanderError, args.join(' '))
  }
  const uneven = ['--to', 'a', '--to', 'b', '--to', 'c', '--inject', 'bearer', '--inject', 'basic']
  assert.throws(() => scopes(...uneven), CommanderError)
})
