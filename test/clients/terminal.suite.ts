import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import type { OrdinaryUser } from '../fixtures/ordinary-user.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { atTerminal, type TerminalStep, windowSize } from './at-terminal.ts'
import { startBroker } from './running-broker.ts'

interface Place {
  readonly coatcheck: CoatcheckCommand
  readonly cwd: string
}

const ctrlC = '\x03'
const ctrlZ = '\x1a'
const ctrlBackslash = '\x1c'
const inSandbox = (...command: readonly string[]) => ['run', '--profile', 'locked', '--', ...command]
const inShell = (script: string) => inSandbox('/bin/sh', '-c', script)
const longWait = 'while :; do sleep 0.1; done'

/** `coatcheck run` stands between a command and its caller as if it were not there. */
export function testTerminal(by: string, makeUser: () => OrdinaryUser | undefined, unfit: string | false): void {
  const skip = unfit || skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'prlimit', '/usr/bin/python3')
  const undo = new AsyncDisposableStack()
  let place: Promise<Place> | undefined
  const here = (): Promise<Place> => {
    place ??= makePlace(undo, makeUser)
    return place
  }
  const typing = async (args: readonly string[], steps: readonly TerminalStep[]) => {
    const { coatcheck, cwd } = await here()
    return atTerminal([...coatcheck.argv, ...args], { cwd, env: coatcheck.env }, steps)
  }
  const piped = async (args: readonly string[], stdin?: Buffer) => {
    const { coatcheck, cwd } = await here()
    return coatcheck.run(args, { cwd, ...(stdin === undefined ? {} : { stdin }) })
  }
  after(() => undo.disposeAsync())

  test(`${by}: Ctrl-C reaches the command’s own trap, once, and the exit code is the trap’s`, { skip }, async () => {
    const script = `trap 'echo trapped; exit 42' INT; echo ready; ${longWait}`
    const { code, seen, left } = await typing(inShell(script), [{ expect: 'ready', send: ctrlC }])
    assert.equal(left, 0, seen)
    assert.equal(seen.split('trapped').length - 1, 1, seen)
    assert.equal(code, 42)
  })

  test(`${by}: Ctrl-C and Ctrl-\\ end a command that has no trap, as at any shell`, { skip }, async () => {
    const wait = inShell(`echo ready; exec sleep 60`)
    assert.equal((await typing(wait, [{ expect: 'ready', send: ctrlC }])).code, 130)
    assert.equal((await typing(wait, [{ expect: 'ready', send: ctrlBackslash }])).code, 131)
  })

  test(`${by}: the window’s size is passed on, and so is its change`, { skip }, async () => {
    const { rows, columns } = windowSize
    const script = `trap 'stty size; exit' WINCH; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size; ${longWait}`
    const steps = [{ expect: `${rows} ${columns}`, resize: [50, 200] }, { expect: '50 200' }] as const
    const { code, seen, left } = await typing(inShell(script), steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 0)
  })

  // Says that it stands only once the shell has given it the terminal.
  const sleeper = `sh -c 'echo "st""ands"; exec sleep 60'`

  test(`${by}: an interactive shell has job control, and its exit code is exact`, { skip }, async () => {
    const steps = [
      { expect: '$ ', send: `${sleeper}\n` },
      { expect: 'stands', send: ctrlC },
      { expect: '$ ', send: `echo "ended with $?"; ${sleeper}\n` },
      { expect: 'ended with 130' },
      { expect: 'stands', send: ctrlZ },
      { expect: 'Stopped' },
      { expect: '$ ', send: 'kill %1; fg; echo "still $((40 + 2))"; exit 7\n' },
      { expect: 'still 42' },
    ]
    const { code, seen, left } = await typing(inSandbox('bash', '--norc', '-i'), steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 7)
  })

  test(`${by}: Ctrl-Z gives the terminal back to the caller’s shell, and fg goes on`, { skip }, async () => {
    const { coatcheck, cwd } = await here()
    const script = `trap 'echo "cont""inued"; exit 44' CONT; echo "st""ands"; ${longWait}`
    const words = [...coatcheck.argv, ...inShell(script)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    const steps = [
      { expect: '$ ', send: `${words.join(' ')}\n` },
      { expect: 'stands', send: ctrlZ },
      { expect: 'Stopped' },
      { expect: '$ ', send: 'fg\n' },
      { expect: 'continued' },
      { expect: '$ ', send: 'exit $?\n' },
    ]
    const env = { ...coatcheck.env, PS1: '$ ' }
    const { code, seen, left } = await atTerminal(['/bin/bash', '--norc', '-i'], { cwd, env }, steps)
    assert.equal(left, 0, seen)
    assert.equal(code, 44)
  })

  test(`${by}: a terminal that goes away ends the command and everything around it`, { skip }, async () => {
    const { code, left } = await typing(inShell(`echo ready; ${longWait}`), [{ expect: 'ready', hangup: true }])
    assert.equal(left, 0)
    assert.ok([129, -1].includes(code), `ended with ${code}`)
  })

  test(`${by}: ten megabytes go in and out, byte for byte, and nothing of ours is between them`, { skip }, async () => {
    const content = randomBytes(10_000_000)
    const { code, stdoutBytes, stderr } = await piped(inShell('cat; echo aside >&2; exit 42'), content)
    assert.equal(stdoutBytes.length, content.length)
    assert.equal(sha256(stdoutBytes), sha256(content))
    assert.match(stderr, /^aside$/m)
    assert.equal(code, 42)
  })

  test(`${by}: input that nobody reads is no failure`, { skip }, async () => {
    assert.equal((await piped(inSandbox('true'), randomBytes(1_000_000))).code, 0)
  })

  for (const [what, script, expected] of [
    ['killed by SIGKILL ends with 137', 'kill -KILL $$', 137],
    ['killed by SIGTERM ends with 143', 'kill -TERM $$', 143],
    ['that ends with 255 ends with 255', 'exit 255', 255],
  ] as const) {
    test(`${by}: a command ${what}`, { skip }, async () => {
      assert.equal((await piped(inShell(script))).code, expected)
    })
  }

  test(`${by}: a command that is not there ends with 127, one that cannot be run with 126`, { skip }, async () => {
    const missing = await piped(inSandbox('no-such-program'))
    assert.equal(missing.code, 127)
    assert.match(missing.stderr, /no-such-program/)
    assert.equal((await piped(inSandbox('/etc/passwd'))).code, 126)
  })

  test(`${by}: SIGTERM and SIGINT to the caller’s process reach the command, once`, { skip }, async () => {
    for (const [signal, name] of [
      ['SIGTERM', 'TERM'],
      ['SIGINT', 'INT'],
    ] as const) {
      const script = `trap 'echo trapped; sleep 0.3; exit 43' ${name}; echo ready; ${longWait}`
      assert.deepEqual(await interrupted(await here(), inShell(script), signal), {
        code: 43,
        stdout: 'ready\ntrapped\n',
      })
    }
  })

  test(`${by}: SIGTERM ends a command that has no trap with 143`, { skip }, async () => {
    const { code } = await interrupted(await here(), inShell('echo ready; exec sleep 60'), 'SIGTERM')
    assert.equal(code, 143)
  })

  test(`${by}: a reader that goes away ends the writer`, { skip }, async () => {
    const { coatcheck, cwd } = await here()
    // A pipe of the shell's: Node's are sockets, which end in another way.
    const pipeline = '{ "$@"; echo "ended with $?" >&2; } | head -n 1'
    const command = ['/bin/sh', '-c', pipeline, 'sh', ...coatcheck.argv, ...inSandbox('yes')]
    const { stdout, stderr } = await runToEnd(command, { cwd, env: coatcheck.env })
    assert.equal(stdout, 'y\n')
    assert.match(stderr, /^ended with 141$/m)
  })
}

async function makePlace(undo: AsyncDisposableStack, makeUser: () => OrdinaryUser | undefined): Promise<Place> {
  const user = makeUser()
  if (user !== undefined) undo.use(user)
  const folder = undo.use(makeTemporaryHome(user?.uid)).path
  const [home, cwd] = [join(folder, 'home'), join(folder, 'workspace')]
  for (const path of [home, cwd]) {
    mkdirSync(path)
    if (user !== undefined) chownSync(path, user.uid, user.uid)
  }
  const coatcheck = makeCoatcheckCommand(home, user)
  undo.use(await startBroker(coatcheck))
  return { coatcheck, cwd }
}

/** Sends a signal once the command has said that it is ready. */
async function interrupted({ coatcheck, cwd }: Place, args: readonly string[], signal: NodeJS.Signals) {
  const [program = '', ...rest] = [...coatcheck.argv, ...args]
  const child = spawn(program, rest, { cwd, env: coatcheck.env, stdio: ['ignore', 'pipe', 'ignore'] })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout === '') child.kill(signal)
    stdout += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
