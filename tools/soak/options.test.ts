import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSoakOptions } from './options.ts'

const understood = [
  [[], { kind: 'http', seconds: 600 }],
  [['--seconds', '5'], { kind: 'http', seconds: 5 }],
  [['sockets'], { kind: 'sockets', sessions: 1_000 }],
  [['sockets', '--sessions', '7'], { kind: 'sockets', sessions: 7 }],
  [['--help'], undefined],
  [['sockets', '-h'], undefined],
] as const

for (const [args, expected] of understood) {
  test(`soak ${args.join(' ')}`, () => assert.deepEqual(parseSoakOptions(args), expected))
}

const refused = [
  ['--seconds', '0'],
  ['--seconds', '1.5'],
  ['--seconds', 'long'],
  ['--sessions', '5'],
  ['sockets', '--seconds', '5'],
  ['socket'],
  ['sockets', 'http'],
  ['--rounds', '2'],
]

for (const args of refused) {
  test(`soak ${args.join(' ')} is refused`, () => assert.throws(() => parseSoakOptions(args), TypeError))
}
