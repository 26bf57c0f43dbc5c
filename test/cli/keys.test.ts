import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { BrokerStatus } from '@coatcheck/contract'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { type Ended, runHere } from './in-this-process.suite.ts'

const canary = makeCanary('sk_live_')
const passphrase = makeCanary('correct horse ')
const create = ['secret', 'create', 'stripe', '--provider', 'stripe']

let home: TemporaryHome
let coatcheck: CoatcheckCommand
beforeEach(() => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
afterEach(() => home[Symbol.dispose]())

/** Runs a command; whatever it does, it says neither the value nor the passphrase. */
async function run(args: readonly string[], stdin = '', env: Record<string, string> = {}): Promise<Ended> {
  const result = await runHere(coatcheck, home.path, args, { stdin, env })
  for (const each of [canary, passphrase])
    assert.deepEqual(findCanary(result.stdout + result.stderr, each), [], args.join(' '))
  return result
}

async function fails(code: number, reason: RegExp, args: readonly string[], stdin = '', env = {}): Promise<void> {
  const result = await run(args, stdin, env)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
  assert.match(result.stderr, reason)
  assert.match(result.stderr, /^coatcheck: [^\n]+\n$/, 'more than one line')
}

async function succeeds(args: readonly string[], stdin = '', env = {}): Promise<string> {
  const result = await run(args, stdin, env)
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** A folder as a service manager makes it, and the variable that names it. */
function credentials(text: string): { readonly CREDENTIALS_DIRECTORY: string } {
  writeFileSync(join(home.path, 'coatcheck-passphrase'), `${text}\n`, { mode: 0o600 })
  return { CREDENTIALS_DIRECTORY: home.path }
}

const keyText = () => readFileSync(join(home.path, 'keys/key'), 'latin1')

test('V6: a home whose key lies under a passphrase opens with it, and only shows metadata without', async () => {
  await succeeds(['init', '--key', 'passphrase', '--passphrase-stdin'], passphrase.value)
  assert.match(keyText(), /^coatcheck-passphrase-1:argon2id:/)
  const env = credentials(passphrase.value)
  await succeeds(create, canary.value, env)
  assert.match(await succeeds(['status'], '', env), /vault +unlocked/)
  assert.match(await succeeds(['status']), /vault +locked/)
  assert.match(await succeeds(['secret', 'list']), /stripe/)
  await fails(6, /vault is locked/, ['secret', 'rotate', 'stripe'], canary.value)
  await fails(6, /asks for its passphrase/, ['vault', 'unlock'])
  await succeeds(['secret', 'rotate', 'stripe'], canary.value, { COATCHECK_PASSPHRASE_FILE: 'coatcheck-passphrase' })
  writeFileSync(join(home.path, 'coatcheck-passphrase'), '')
  assert.deepEqual(findCanaryInFolder(home.path, passphrase), [])
})

test('a wrong passphrase is refused with its own code, and nothing changes', async () => {
  await succeeds(['init', '--key', 'passphrase', '--passphrase-stdin'], passphrase.value)
  const before = keyText()
  const env = credentials('a wrong passphrase')
  for (const args of [['status'], ['serve'], ['vault', 'unlock']])
    await fails(4, /passphrase is not that of the key/, args, '', env)
  assert.equal(keyText(), before)
})

test('a weak passphrase makes no home', async () => {
  await fails(2, /at least 12 characters/, ['init', '--key', 'passphrase', '--passphrase-stdin'], 'short')
  await fails(2, /needs `--key passphrase`/i, ['init', '--passphrase-stdin'], passphrase.value)
  await fails(2, /--passphrase-file/, ['init', '--key', 'passphrase'])
  assert.deepEqual(readdirSync(home.path), [])
})

test('a passphrase is set, changed and removed without touching a secret', async () => {
  await succeeds(create, canary.value)
  await fails(2, /is a key already/i, ['init', '--key', 'passphrase', '--passphrase-stdin'], passphrase.value)
  await succeeds(['vault', 'passphrase', '--passphrase-stdin'], passphrase.value)
  await fails(6, /asks for its passphrase/, ['vault', 'passphrase', '--passphrase-stdin'], 'another passphrase')
  await fails(4, /not that of the key/, ['vault', 'passphrase', '--remove'], '', credentials('a wrong passphrase'))
  await succeeds(['vault', 'passphrase', '--passphrase-stdin'], 'another passphrase', credentials(passphrase.value))
  await fails(4, /not that of the key/, ['status'], '', credentials(passphrase.value))
  await succeeds(['vault', 'passphrase', '--remove'], '', credentials('another passphrase'))
  assert.match(await succeeds(['secret', 'rotate', 'stripe'], canary.value), /version +2/)
})

test('V6: the key is rotated while a broker serves, and every command goes on', async () => {
  await succeeds(create, canary.value)
  const before = keyText()
  const [program = '', ...args] = [...coatcheck.argv, 'serve']
  const serve = spawn(program, args, { env: coatcheck.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(serve, 'exit')
  await once(serve.stdout, 'data')
  try {
    assert.match(await succeeds(['vault', 'rotate-key']), /under the new key/)
    await succeeds(['secret', 'rotate', 'stripe'], canary.value)
  } finally {
    serve.kill('SIGTERM')
    await exit
  }
  assert.notEqual(keyText(), before)
  assert.equal(keyText().split('\n').length, 2)
  const rotated: BrokerStatus = await coatcheck.json(['vault', 'rotate-key'])
  assert.equal(rotated.vault, 'unlocked')
  await succeeds(['secret', 'rotate', 'stripe'], canary.value)
  assert.equal(statSync(join(home.path, 'keys/key')).mode & 0o777, 0o600)
  assert.match(await succeeds(['logs']), /vault\.rotation-began[\s\S]*vault\.key-rotated/)
})

test('of brokers that start at the same instant one serves, and the others say so', async () => {
  await succeeds(['init'])
  writeFileSync(join(home.path, 'run/broker.sock'), '')
  const refusedEarly = await run(['serve'])
  assert.equal(refusedEarly.code, 1, 'what is no socket is not taken away')
  const kill = spawn(coatcheck.argv[0]!, [...coatcheck.argv.slice(1), 'uninstall', '--yes'], {
    env: coatcheck.env,
    stdio: 'ignore',
  })
  await once(kill, 'exit')
  const [program = '', ...args] = [...coatcheck.argv, 'serve']
  const serving = Array.from({ length: 4 }, () =>
    spawn(program, args, { env: coatcheck.env, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  const outcomes = serving.map(
    (child) =>
      new Promise<'ready' | number>((resolve) => {
        child.stdout.once('data', () => resolve('ready'))
        child.once('exit', (code) => resolve(code ?? -1))
      }),
  )
  const settled = await Promise.all(outcomes)
  try {
    assert.deepEqual(settled.map(String).sort(), ['4', '4', '4', 'ready'])
    assert.match(await succeeds(['status']), /running since/)
    await fails(4, /already serves/, ['uninstall', '--yes'])
  } finally {
    for (const child of serving.filter(({ exitCode }) => exitCode === null)) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
  }
  assert.ok(!existsSync(join(home.path, 'run/broker.sock')))
})
