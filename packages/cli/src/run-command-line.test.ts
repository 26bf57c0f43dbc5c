import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, test } from 'node:test'
import { runCommandLine } from './run-command-line.ts'
import type { Surroundings } from './session.ts'

const secret = 'sk_live_CaNaRy0123456789'

// No call of this file gets as far as a broker: one that started would make its home.
const home = join(tmpdir(), `coatcheck-never-made-${process.pid}`)
after(() => {
  const isMade = existsSync(home)
  rmSync(home, { recursive: true, force: true })
  assert.equal(isMade, false, 'a usage mistake started a broker')
})

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        done()
      },
    })
  const surroundings = {
    environment: { COATCHECK_HOME: home },
    stdin: Readable.from([]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    cwd: '/',
    now: () => new Date(0),
  } as unknown as Surroundings
  const code = await runCommandLine(args, surroundings)
  assert.ok(!`${written.stdout}${written.stderr}`.includes(secret), 'a value is repeated')
  return { code, ...written }
}

test('help is shown on standard output, with examples, for every command', async () => {
  const { code, stdout } = await run('--help')
  assert.equal(code, 0)
  for (const name of ['run', 'secret', 'logs', 'status', 'init', 'serve', 'provider', 'vault', 'audit']) {
    assert.match(stdout, new RegExp(`^  ${name}[ |]`, 'm'))
  }
  for (const command of [
    ['run'],
    ['secret', 'create'],
    ['secret', 'update'],
    ['logs'],
    ['serve'],
    ['audit', 'verify'],
  ]) {
    assert.match((await run(...command, '--help')).stdout, /\n {2}\$ /, command.join(' '))
  }
  assert.equal((await run('--version')).stdout, '0.1.0\n')
})

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['secret', 'creat'], /Did you mean create\?/],
  ['an unknown option', ['logs', '--folow'], /Did you mean --follow\?/],
  ['no name', ['secret', 'create'], /missing required argument 'name'/],
  ['no command to run', ['run'], /missing required argument 'command'/],
  ['neither provider nor scope', ['secret', 'create', 'x'], /give --provider, or --to and --inject/],
  ['an unknown isolation', ['run', '--isolation', 'jail', '--', 'x'], /choices are auto, process/],
  ['a pair without a value', ['run', '--secret', 'stripe', '--', 'x'], /name of a variable, = /],
  [
    'both ways of giving a value',
    ['secret', 'rotate', 'x', '--value-stdin', '--value-file', 'f'],
    /cannot be used with/,
  ],
  ['a variable that is not set', ['run', '--pass', 'NEVER_SET_ANYWHERE', '--', 'x'], /not set here/],
  ['a limit out of range', ['logs', '--limit', '5000'], /from 1 to 1000/],
  ['a checkpoint that is none', ['audit', 'verify', '--anchor', '/etc/hostname'], /is not a checkpoint/],
]
for (const [what, args, reason] of wrong) {
  test(`${what} is a usage failure on one line`, async () => {
    const { code, stderr, stdout } = await run(...args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, reason)
    assert.match(stderr, /^coatcheck: [^\n]+\n$/)
  })
}

const asArgument: readonly (readonly string[])[] = [
  ['secret', 'create', 'x', '--value', secret],
  ['secret', 'create', 'x', `--value=${secret}`],
  ['secret', 'rotate', 'x', '--value', secret],
  ['secret', 'update', 'x', '--value', secret],
  ['secret', 'create', 'x', secret],
  ['secret', 'create', 'x', `--provder=${secret}`],
  ['secret', secret],
  [secret],
  ['secret', 'create', 'x', '--pin', secret],
  ['run', '--env', secret, '--', 'x'],
  ['run', `--secert=${secret}`, '--', 'x'],
]
for (const args of asArgument) {
  test(`V1: a value in ${args.map((arg) => arg.replace(secret, '…')).join(' ')} is refused and not repeated`, async () => {
    assert.equal((await run(...args)).code, 2)
    assert.equal((await run('--json', ...args)).code, 2)
  })
}

test('an unknown provider is refused with the one that was meant', async () => {
  const { code, stderr } = await run('secret', 'create', 'x', '--provider', 'strpe')
  assert.equal(code, 3)
  assert.equal(stderr, 'coatcheck: No such provider. Did you mean stripe?\n')
})

test('with --json a failure is a problem in JSON', async () => {
  const { code, stderr } = await run('secret', 'create', 'x', '--json')
  assert.equal(code, 2)
  assert.equal(JSON.parse(stderr).code, 'request_invalid')
})

test('--json after -- belongs to the command in the sandbox', async () => {
  const { stderr } = await run('run', '--ttl', 'x', '--', 'cmd', '--json')
  assert.match(stderr, /^coatcheck: /)
})
