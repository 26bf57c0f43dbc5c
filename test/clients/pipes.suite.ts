import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import {
  type CommandPlace,
  type Extent,
  inSandbox,
  inShell,
  lazyPlace,
  longWait,
  type MakeUser,
} from './command-place.ts'

/** `coatcheck run` between pipes: bytes, signals and exit codes pass as if it were not there. */
export function testPipes(by: string, makeUser: MakeUser, unfit: string | false, extent: Extent): void {
  const skip = unfit || skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'prlimit')
  const here = lazyPlace(makeUser)
  const piped = async (args: readonly string[], stdin?: Buffer) => {
    const { coatcheck, cwd } = await here()
    return coatcheck.run(args, { cwd, ...(stdin === undefined ? {} : { stdin }) })
  }

  test(`${by}: ten megabytes go in and out, byte for byte, and nothing of ours is between them`, { skip }, async () => {
    const content = randomBytes(10_000_000)
    const { code, stdoutBytes, stderr } = await piped(inShell('cat; echo aside >&2; exit 42'), content)
    assert.equal(stdoutBytes.length, content.length)
    assert.equal(sha256(stdoutBytes), sha256(content))
    assert.match(stderr, /^aside$/m)
    assert.equal(code, 42)
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

  if (extent === 'sample') return

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

/** Sends a signal once the command has said that it is ready. */
async function interrupted({ coatcheck, cwd }: CommandPlace, args: readonly string[], signal: NodeJS.Signals) {
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
