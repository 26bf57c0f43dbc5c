import { tmpdir } from 'node:os'
import { type BadInput, misplacedValue } from '../bad-input.suite.ts'

type Row = readonly [name: string, args: readonly string[], code: number, says: RegExp]

const run = (...options: string[]) => ['run', ...options, '--', 'true']
const create = (...options: string[]) => ['sandbox', 'create', ...options]

const runs: readonly Row[] = [
  ['an unknown secret', run('--secret', 'KEY=nosuch'), 3, /No such secret/],
  ['a secret that is almost one', run('--secret', 'KEY=stirpe'), 3, /Did you mean --secret KEY=stripe\?/],
  ['a value in the place of a secret', run('--secret', `KEY=${misplacedValue}`), 3, /No such secret/],
  ['a value in the place of a pair', run('--secret', misplacedValue), 2, /name of a variable, =/],
  ['a variable with a space', run('--secret', 'A B=stripe'), 2, /name of a variable, =/],
  ['an unknown profile', run('--profile', 'nosuch'), 3, /Use `dev`, `locked` or `open`/],
  ['a host with a space', run('--allow', 'a b'), 2, /not a valid name/],
  ['a host that is missing', run('--allow', 'https://'), 2, /host is missing/],
  ['an expression that no host fits', run('--allow', '~^a b\\.example\\.com$'), 2, /has no place/],
  ['a folder that is not there', run('--mount', '/nonexistent'), 4, /does not exist/],
  ['a time of nothing', run('--ttl', '0s'), 2, /number and a unit/],
  ['a time that is too long', run('--ttl', '999d'), 2, /at most/],
  ['a port out of range', run('--host-port', '99999'), 2, /from 1 to 65535/],
  ['a variable that is not set', run('--pass', 'NEVER_SET_ANYWHERE'), 2, /not set here/],
  ['an isolation that is unknown', run('--isolation', 'jail'), 2, /auto, process/],
  ['an isolation that is not there', run('--isolation', 'vm'), 7, /not there yet/],
  ['no command', ['run'], 2, /missing required argument 'command'/],
  ['an option that is unknown', run(`--secert=${misplacedValue}`), 2, /unknown option/],
]

const sandboxes: readonly Row[] = [
  ['an unknown profile', create('--profile', 'nosuch'), 3, /Use `dev`, `locked` or `open`/],
  ['an unknown secret', create('--secret', 'KEY=nosuch'), 3, /No such secret/],
  ['an empty name', create('--name', ''), 2, /name: must not be empty/],
  ['a block that is none', create('--from', 'nonsense'), 2, /blocks such as/],
  ['an allowed host that is none', create('--allow', 'a b'), 2, /not a valid name/],
  ['a denied host that is none', create('--deny', 'a b'), 2, /not a valid name/],
  ['a label without a value', create('--label', 'x'), 2, /a key, = and a value/],
  ['a time that is too long', create('--ttl', '999d'), 2, /at most/],
  ['show', ['sandbox', 'show', 'nosuch'], 3, /No such sandbox/],
  ['exec', ['sandbox', 'exec', 'nosuch', '--', 'true'], 3, /No such sandbox/],
  ['attach', ['sandbox', 'attach', 'nosuch', 'KEY=stripe'], 3, /No such sandbox/],
  ['attach without a pair', ['sandbox', 'attach', 'nosuch', misplacedValue], 2, /name of a variable, =/],
  ['detach', ['sandbox', 'detach', 'nosuch', 'KEY'], 3, /No such sandbox/],
  ['renew', ['sandbox', 'renew', 'nosuch', '--ttl', '1h'], 3, /No such sandbox/],
  ['renew without a time', ['sandbox', 'renew', 'nosuch'], 2, /--ttl/],
  ['delete', ['sandbox', 'delete', 'nosuch'], 3, /No such sandbox/],
]

const lockdowns: readonly Row[] = [
  ['of nothing', ['lockdown', '--yes'], 2, /exactly one of --all/],
  ['of two things', ['lockdown', '--all', '--label', 'a=b', '--yes'], 2, /exactly one of --all/],
  ['without a person to ask', ['lockdown', '--all'], 2, /--yes/],
  ['of an unknown sandbox', ['lockdown', '--sandbox', 'nosuch', '--yes'], 3, /No such sandbox/],
  ['of an unknown secret', ['lockdown', '--secret', 'nosuch', '--yes'], 3, /No such secret/],
  ['of a label without a value', ['lockdown', '--label', 'x', '--yes'], 2, /a key, = and a value/],
]

const lookers: readonly Row[] = [
  [
    'connect, of an unknown sandbox',
    ['sandbox', 'connect', 'nosuch', '--for', 'shell', '--new-token', '--out', 'x'],
    3,
    /No such sandbox/,
  ],
  ['connect, for an unknown platform', ['sandbox', 'connect', '--for', 'nowhere'], 2, /Allowed choices are/],
  ['connect, without a platform', ['sandbox', 'connect', '--secret', 'KEY=stripe'], 2, /--for/],
  [
    'explain, of an unknown sandbox',
    ['explain', 'GET', 'https://a.example/', '--sandbox', 'nosuch'],
    3,
    /No such sandbox/,
  ],
  ['explain, without a sandbox', ['explain', 'GET', 'https://a.example/'], 2, /--sandbox/],
  ['trust, of an unknown store', ['trust', 'nowhere'], 2, /Allowed choices are/],
  ['trust, of an unknown sandbox', ['trust', 'system', '--sandbox', 'nosuch'], 3, /No such sandbox/],
  ['profile, that is not there', ['profile', 'show', 'nosuch'], 3, /Use `dev`, `locked` or `open`/],
]

/** Bad input for whatever makes, changes or looks at sandboxes. */
export const sandboxRows: readonly BadInput[] = Object.entries({
  run: runs,
  sandbox: sandboxes,
  lockdown: lockdowns,
  lookers,
}).flatMap(([group, rows]) =>
  // Not the home: a run there is refused for what lies in it.
  rows.map(([name, args, code, says]) => ({
    name: `${group}, ${name}`,
    args,
    code,
    says,
    options: { cwd: tmpdir() },
  })),
)
