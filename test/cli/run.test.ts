import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ActivityRow } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { FinishedProcess } from '../fixtures/finished-process.ts'
import { makeOrdinaryUser, skipWithoutOrdinaryUser } from '../fixtures/ordinary-user.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { findOldNode } from './old-node.ts'

const skip = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv')
const stored = makeCanary('sk_live_')
const inEnvironment = makeCanary('sk-proj-')

describe('coatcheck run', { skip }, () => {
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  let workspace = ''
  before(async () => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
    workspace = mkdtempSync(join(tmpdir(), 'coatcheck-workspace-'))
    // As root, the sandbox runs as somebody else.
    chmodSync(workspace, 0o755)
    const { code } = await coatcheck.run(['secret', 'create', 'stripe', '--provider', 'stripe'], {
      stdin: stored.value,
    })
    assert.equal(code, 0)
  })
  after(() => {
    home[Symbol.dispose]()
    rmSync(workspace, { recursive: true, force: true })
  })

  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<FinishedProcess> =>
    coatcheck.run(['run', ...args], { cwd: workspace, env })

  /** Starts a command that tells when it runs, and goes on until something ends it. */
  async function start(...options: readonly string[]): Promise<{ child: ChildProcess; exit: Promise<unknown[]> }> {
    const script = 'echo running; sleep 60 & wait'
    const [program = '', ...args] = [...coatcheck.argv, 'run', ...options, '--', 'sh', '-c', script]
    const child = spawn(program, args, { cwd: workspace, env: coatcheck.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const exit = once(child, 'exit')
    await Promise.race([once(child.stdout!, 'data'), exit])
    assert.equal(child.exitCode, null, 'the command did not begin')
    return { child, exit }
  }

  async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
    let all = ''
    for await (const chunk of stream ?? []) all += chunk
    return all
  }

  /** Processes whose command line holds a text. */
  function processesWith(part: string): readonly number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(part)
      } catch {
        // Ended meanwhile.
        return false
      }
    })
  }

  const endings: readonly (readonly [string, number])[] = [
    ['exit 0', 0],
    ['exit 42', 42],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['/usr', 126],
    ['no-such-program', 127],
  ]
  for (const [script, code] of endings) {
    test(`AC-19.5: the exit code of \`${script}\` is handed on`, async () => {
      assert.equal((await run(['--', 'sh', '-c', script])).code, code)
    })
  }

  test('a program is found wherever it is installed, and its folder cannot be changed', async () => {
    using installed = makeInstalledAgent(workspace)
    const { code, stdout, stderr } = await run(['--', 'my-agent'], installed.env)
    assert.deepEqual([code, stdout], [0, 'agent with its library, in a folder that is read-only\n'], stderr)
    assert.match(stderr, /tools: [^|]*~\/\.agents\/one\/bin[^|]*\|/)
    const without = await run(['--no-tools', '--', 'my-agent'], installed.env)
    assert.equal(without.code, 127, without.stderr)
  })

  test('SEC-04: a program among what is private is not shown, and the option that shows it is named', async () => {
    using installed = makeInstalledAgent(workspace, '.config/agents/bin')
    const { code, stderr } = await run(['--', 'my-agent'], installed.env)
    assert.equal(code, 127)
    assert.ok(stderr.includes(`--mount ${installed.home}/.config/agents/`), stderr)
  })

  test('R-87: the sandbox has placeholders, what was passed, and nothing of its caller', async () => {
    const caller = {
      OPENAI_API_KEY: inEnvironment.value,
      AWS_SECRET_ACCESS_KEY: 'aws-real',
      COATCHECK_TOKEN: 'management',
      NODE_ENV: 'test',
      SSH_AUTH_SOCK: '/run/agent',
    }
    const options = ['--secret', 'STRIPE_SECRET_KEY=stripe', '--pass', 'NODE_ENV', '--env', 'DEBUG=1']
    const { code, stdout, stderr } = await run([...options, '--', 'env'], caller)
    assert.equal(code, 0, stderr)
    const env = new Map(stdout.split('\n').map((line) => line.split('=', 2) as [string, string]))
    assert.match(env.get('STRIPE_SECRET_KEY') ?? '', /^sk_live_coatcheck_/)
    assert.match(env.get('OPENAI_API_KEY') ?? '', /^sk-proj-coatcheck-/)
    assert.deepEqual([env.get('NODE_ENV'), env.get('DEBUG')], ['test', '1'])
    for (const name of [
      'AWS_SECRET_ACCESS_KEY',
      'COATCHECK_TOKEN',
      'COATCHECK_HOME',
      'COATCHECK_SET_ASIDE',
      'SSH_AUTH_SOCK',
    ]) {
      assert.ok(!env.has(name), name)
    }
    for (const canary of [stored, inEnvironment]) assert.deepEqual(findCanary(stdout + stderr, canary), [])
    assert.match(stderr, /protected: STRIPE_SECRET_KEY → api\.stripe\.com[^;]*; OPENAI_API_KEY → api\.openai\.com/)
    assert.match(stderr, /passed as they are: NODE_ENV/)
  })

  test('keys of the environment stay outside with --no-detect', async () => {
    const { stdout } = await run(['--no-detect', '--', 'env'], { OPENAI_API_KEY: inEnvironment.value })
    assert.doesNotMatch(stdout, /OPENAI/)
  })

  test('SEC-06: a coatcheck.yaml in the working directory is ignored, and that is said', async () => {
    const file = join(workspace, 'coatcheck.yaml')
    writeFileSync(file, 'sources: [{ exec: [touch, executed] }]\nprofile: open\n')
    const { code, stderr } = await run(['--', 'true'])
    rmSync(file)
    assert.equal(code, 0)
    assert.match(stderr, /coatcheck\.yaml in this folder is ignored/)
    assert.ok(!existsSync(join(workspace, 'executed')))
  })

  test('SEC-04: the home is never within a mount, and secret files are masked', async () => {
    writeFileSync(join(workspace, '.env'), `KEY=${inEnvironment.value}\n`)
    const masked = await run(['--', 'sh', '-c', 'cat .env'])
    assert.deepEqual(findCanary(masked.stdout, inEnvironment), [])
    assert.match(masked.stderr, /masked: .*\.env/)
    for (const args of [
      ['--mount', home.path],
      ['--mount', `${home.path}/data:ro`],
    ]) {
      const { code, stderr } = await run([...args, '--', 'true'])
      assert.equal(code, 4, stderr)
      assert.match(stderr, /cannot be mounted/)
    }
    const inside = await coatcheck.run(['run', '--', 'true'], { cwd: home.path })
    assert.equal(inside.code, 4, inside.stderr)
  })

  const impossible: readonly (readonly [string, readonly string[], number])[] = [
    ['a secret that does not exist', ['--secret', 'A=nothing'], 3],
    ['a profile that does not exist', ['--profile', 'nothing'], 3],
    ['a variable that is not set', ['--pass', 'NOT_SET_HERE'], 2],
    ['the management identity', ['--env', 'COATCHECK_HOME=/x'], 2],
    ['a variable that is taken', ['--secret', 'A=stripe', '--env', 'A=x'], 2],
  ]
  for (const [what, options, code] of impossible) {
    test(`${what} is refused, and nothing runs`, async () => {
      const result = await run([...options, '--', 'echo', 'it-runs'])
      assert.equal(result.code, code, result.stderr)
      assert.equal(result.stdout, '')
      assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
    })
  }

  test('what was blocked is told at the end, with the option that helps', async () => {
    const script = 'getent hosts blocked.example || true'
    const { stderr } = await run(['--', 'sh', '-c', script])
    assert.match(stderr, /blocked blocked\.example \(\w[^)]*\): [^;]*; --allow blocked\.example would let it through/)
    const allowed = await run(['--allow', 'blocked.example', '--', 'sh', '-c', script])
    assert.doesNotMatch(allowed.stderr, /would let it through/)
  })

  test('with --json what run says is JSON, and the command’s output is its own', async () => {
    const { stdout, stderr } = await coatcheck.run(['run', '--json', '--', 'echo', 'hello'], { cwd: workspace })
    assert.equal(stdout, 'hello\n')
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(lines.at(-1), { exitCode: 0, blocked: [] })
  })

  test('standard input reaches the command, and output of any kind comes back', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 27])
    const { stdoutBytes } = await coatcheck.run(['run', '--', 'cat'], { cwd: workspace, stdin: bytes })
    assert.deepEqual(stdoutBytes, bytes)
  })

  test('AC-19.5: SIGTERM reaches the command, whose end is the end of everything', async () => {
    const { child, exit } = await start()
    child.kill('SIGTERM')
    assert.deepEqual(await exit, [143, null])
    assert.deepEqual(readdirSync(join(home.path, 'run')), [])
    assert.deepEqual(processesWith(`private-${child.pid}`), [])
    const rows: readonly ActivityRow[] = await coatcheck.json(['logs', '--limit', '3'])
    assert.ok(rows.some(({ event }) => event.kind === 'sandbox.ended'))
  })

  test('a sandbox dies with its broker, and that is said', async () => {
    const { child, exit } = await start()
    const stderr = text(child.stderr)
    const [broker] = descendants(child.pid ?? 0).filter((pid) => commandOf(pid).includes('broker-process'))
    assert.ok(broker)
    process.kill(broker, 'SIGKILL')
    assert.deepEqual(await exit, [5, null])
    assert.match(await stderr, /broker does not answer/)
    await gone(broker)
    rmSync(join(home.path, 'run', `private-${child.pid}.sock`), { force: true })
  })

  test('a sandbox dies with the command that holds it', async () => {
    const { child, exit } = await start()
    const others = descendants(child.pid ?? 0)
    assert.ok(others.length > 2)
    child.kill('SIGKILL')
    await exit
    for (const pid of others) await gone(pid)
  })

  test('a sandbox that is ended elsewhere takes its command with it', async () => {
    const [program = '', ...args] = [...coatcheck.argv, 'serve']
    const serve = spawn(program, args, { env: coatcheck.env, stdio: ['ignore', 'pipe', 'inherit'] })
    const served = once(serve, 'exit')
    await once(serve.stdout, 'data')
    try {
      const { child, exit } = await start()
      const stderr = text(child.stderr)
      const client = createClient({ socketPath: join(home.path, 'run/broker.sock') })
      const [active] = (await client.sandboxes.list()).items.filter(({ status }) => status === 'active')
      await client.sandboxes.end(active?.id ?? '')
      assert.deepEqual(await exit, [4, null])
      assert.match(await stderr, /sandbox was ended/)
    } finally {
      serve.kill('SIGTERM')
      await served
    }
  })

  test('a sandbox ends after its time to live', async () => {
    const { child, exit } = await start('--ttl', '5s')
    const stderr = text(child.stderr)
    assert.deepEqual(await exit, [4, null])
    assert.match(await stderr, /sandbox has expired/)
  })

  /** What is seen at a terminal on which a script runs. */
  async function atTerminal(script: string): Promise<string> {
    const [node = '', entry = ''] = coatcheck.argv
    const line = ['exec', node, entry, 'run', '--', 'sh', '-c', `'${script}'`].join(' ')
    const env = { ...coatcheck.env, SHELL: '/bin/sh' }
    const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], { cwd: workspace, env })
    return text(child.stdout)
  }

  test('at a terminal a refusal is told as it happens', { skip: skipWithoutScript() }, async () => {
    const seen = await atTerminal('getent hosts blocked.example; sleep 8; echo the-end')
    assert.match(
      seen,
      /blocked blocked\.example [^\n]*--allow blocked\.example[\s\S]*the-end[\s\S]*blocked blocked\.example/,
    )
  })

  test('no refusal is told in the middle of a picture', { skip: skipWithoutScript() }, async () => {
    const seen = await atTerminal('stty raw; getent hosts blocked.example; sleep 8; stty sane; echo the-end')
    assert.match(seen, /the-end[\s\S]*blocked blocked\.example/)
    assert.doesNotMatch(seen, /blocked blocked\.example[\s\S]*the-end/)
  })

  for (const node of new Set([process.execPath, findOldNode() ?? process.execPath])) {
    test(`AC-19.5: a terminal is handed on with its signals, from ${node}`, { skip: skipWithoutScript() }, async () => {
      const [, entry = ''] = coatcheck.argv
      const inner = `trap 'echo got-int; exit 9' INT; test -t 0 && test -t 1 && test -t 2 && echo on-terminal; sleep 30 & wait`
      const line = ['exec', node, entry, 'run', '--', 'sh', '-c', `'${inner.replaceAll("'", `'\\''`)}'`].join(' ')
      const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], {
        cwd: workspace,
        env: { ...coatcheck.env, SHELL: '/bin/sh' },
      })
      const exit = once(child, 'exit')
      let seen = ''
      child.stdout.on('data', (chunk) => {
        seen += chunk
        // Ctrl-C, typed at the terminal.
        if (String(chunk).includes('on-terminal')) child.stdin.write('\x03')
      })
      assert.deepEqual(await exit, [9, null], seen)
      assert.equal(seen.match(/got-int/g)?.length, 1)
    })
  }

  test('an ordinary user needs no root', { skip: skipWithoutOrdinaryUser() }, async () => {
    using user = makeOrdinaryUser()
    const command = makeCoatcheckCommand(join(user.home, 'coatcheck'), user)
    const folder = join(user.home, 'project')
    mkdirSync(folder)
    if (process.getuid?.() === 0) chownSync(folder, user.uid, user.uid)
    const script = 'echo made > file && cat file'
    const { code, stdout, stderr } = await command.run(['run', '--', 'sh', '-c', script], { cwd: folder })
    assert.deepEqual([code, stdout], [0, 'made\n'], stderr)
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'made\n')
  })
})

/** An agent in a home of its own: a script with a library beside it, called through a link. */
function makeInstalledAgent(workspace: string, folder = '.agents/one/bin') {
  const home = mkdtempSync(join(tmpdir(), 'coatcheck-installed-'))
  chmodSync(home, 0o755)
  const bin = join(home, folder)
  for (const path of [bin, join(bin, '../lib')]) mkdirSync(path, { recursive: true })
  mkdirSync(join(home, '.local/bin'), { recursive: true })
  writeFileSync(join(bin, '../lib/agent.sh'), 'echo "agent with its library, in a folder that is $how"\n')
  const script = `#!/usr/bin/env sh\nhow=read-only\ntouch "${bin}/x" 2>/dev/null && how=writable\n. ${bin}/../lib/agent.sh\n`
  writeFileSync(join(bin, 'my-agent'), script, { mode: 0o755 })
  symlinkSync(join(bin, 'my-agent'), join(home, '.local/bin/my-agent'))
  return {
    home,
    workspace,
    env: { HOME: home, PATH: `${home}/.local/bin:/usr/bin:/bin` },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

function skipWithoutScript(): string | false {
  return existsSync('/usr/bin/script') ? false : 'script not installed (Debian: bsdutils)'
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
}

function descendants(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
  const children = text.split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

async function gone(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (!existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return
    await sleep(50)
  }
  assert.fail(`process ${pid} is left: ${commandOf(pid)}`)
}
