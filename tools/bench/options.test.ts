import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from './options.ts'

test('without options every scenario is measured for every peer', () => {
  const options = parseOptions([])
  assert.ok(options !== undefined && options.scenarios.length > 10 && options.peers.length === 8)
  assert.deepEqual([options.rounds, options.sizes.measureMs, options.sizes.warmUpRequests], [5, 2_000, 40_000])
})

test('the short form has our own planes and the direct way only', () => {
  const options = parseOptions(['--short', '--peers', 'nginx'])
  assert.deepEqual([options?.peers, options?.rounds], [['direct', 'own', 'reference'], 3])
})

test('peers that are named come beside our own', () => {
  assert.deepEqual(parseOptions(['--peers', 'nginx'])?.peers, ['direct', 'own', 'reference', 'nginx'])
})

test('what several scenarios begin with means all of them', () => {
  const named = (only: string) => parseOptions(['--only', only])?.scenarios.map(({ name }) => name)
  assert.deepEqual(named('decide'), ['decide-rules', 'decide-small', 'decide-new'])
  assert.deepEqual(named('small,idle'), ['small', 'idle-few', 'idle-many'])
})

test('help is no run', () => assert.equal(parseOptions(['--help']), undefined))

for (const args of [
  ['--only', 'smal'],
  ['--only', 'decide-'],
  ['--peers', 'apache'],
  ['--rounds', '0'],
  ['--seconds', 'x'],
  ['--warm-up', '-1'],
  ['--tunnels', '10,x'],
  ['--unknown'],
  ['stray'],
]) {
  test(`${args.join(' ')} is refused`, () => assert.throws(() => parseOptions(args), TypeError))
}
