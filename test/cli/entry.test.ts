import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { findOldNode, skipWithoutOldNode } from './old-node.ts'

const entry = 'packages/cli/bin/coatcheck.cjs'
const newNode = process.execPath
const oldNode = findOldNode() ?? newNode

/** Stands for the real command: tells how it was started, then does what its argument says. */
const standInMain = `
const [act, text] = process.argv.slice(2)
if (act === 'tell') console.log(JSON.stringify({ version: process.versions.node, flags: process.execArgv, args: process.argv.slice(2), env: process.env }))
if (act === 'exit') process.exit(Number(text))
if (act === 'die') process.kill(process.pid, text)
if (act === 'wait') {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(name, () => { console.log(name); process.exit(3) })
  setInterval(() => {}, 1000)
  console.log('ready')
}
`

/** An installation as a package has it: the entry, and compiled code beside it. */
let installed = ''
before(() => {
  installed = mkdtempSync(join(tmpdir(), 'coatcheck-entry-'))
  mkdirSync(join(installed, 'cli/bin'), { recursive: true })
  mkdirSync(join(installed, 'cli/dist'))
  cpSync(join(repositoryRoot, entry), join(installed, 'cli/bin/coatcheck.cjs'))
  writeFileSync(join(installed, 'cli/dist/start.js'), standInMain)
})
after(() => rmSync(installed, { recursive: true, force: true }))

/** Puts the carried Node where the entry looks for it. */
function carryNode(): void {
  const folder = join(installed, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
  mkdirSync(folder, { recursive: true })
  rmSync(join(folder, 'node'), { force: true })
  symlinkSync(newNode, join(folder, 'node'))
}

const command = (node: string): string[] => [node, join(installed, 'cli/bin/coatcheck.cjs')]
const told = async (node: string, env: Record<string, string> = {}, args: readonly string[] = ['tell']) =>
  JSON.parse((await runToEnd([...command(node), ...args], { env })).stdout)

const nodes: readonly (readonly [string, string, string | false])[] = [
  ['an old Node, through the one that is carried,', oldNode, skipWithoutOldNode],
  ['a Node that is new enough', newNode, false],
]
for (const [what, node, skip] of nodes) {
  test(`${what} runs the command with its arguments as they are`, { skip }, async () => {
    carryNode()
    const args = ['tell', '--json', 'a b', '', '$HOME', "'", '-c', '--', '*']
    const { version, args: seen, flags } = await told(node, {}, args)
    assert.equal(version, process.versions.node)
    assert.deepEqual(seen, args)
    assert.ok(flags.includes('--disable-sigusr1'))
  })

  test(`SEC-05: ${what} runs the command with an environment that steers nothing`, { skip }, async () => {
    carryNode()
    const hostile = {
      NODE_DEBUG: 'module',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_EXTRA_CA_CERTS: '/nonexistent',
      NODE_PATH: '/evil',
      NODE_V8_COVERAGE: join(installed, 'coverage'),
      SSLKEYLOGFILE: join(installed, 'keys.log'),
      SSL_CERT_FILE: '/evil.pem',
      OPENSSL_CONF: '/evil.cnf',
      LD_LIBRARY_PATH: '/evil',
      GCONV_PATH: '/evil',
      BASH_ENV: '/evil.sh',
      ENV: '/evil.sh',
      'BASH_FUNC_exec%%': '() { echo evil; }',
      npm_config_node_options: '--require /evil.js',
      COATCHECK_SET_ASIDE: '{"FORGED":"1"}',
    }
    const { env } = await told(node, { ...hostile, HOME: '/h', OPENAI_API_KEY: 'key', COATCHECK_HOME: '/c' })
    const { COATCHECK_SET_ASIDE, PWD: _pwd, SHLVL: _level, _: _last, OLDPWD: _old, ...rest } = env
    assert.deepEqual(rest, { HOME: '/h', OPENAI_API_KEY: 'key', COATCHECK_HOME: '/c' })
    const { COATCHECK_SET_ASIDE: _forged, ...others } = hostile
    assert.deepEqual(JSON.parse(COATCHECK_SET_ASIDE), others)
  })

  test(`${what} hands on exit codes`, { skip }, async () => {
    carryNode()
    for (const code of [0, 1, 42, 127, 255]) {
      assert.equal((await runToEnd([...command(node), 'exit', String(code)], {})).code, code)
    }
  })

  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT'] as const) {
    test(`${what} ends by ${signal} when the command does`, { skip }, async () => {
      carryNode()
      const [program = '', ...args] = [...command(node), 'die', signal]
      const child = spawn(program, args, { stdio: 'ignore', env: {} })
      assert.deepEqual(await once(child, 'exit'), [null, signal])
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    test(`${what} hands on ${signal}, once`, { skip }, async () => {
      carryNode()
      const [program = '', ...args] = [...command(node), 'wait']
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: {} })
      let text = ''
      child.stdout.on('data', (chunk) => {
        text += chunk
        if (text === 'ready\n') child.kill(signal)
      })
      assert.deepEqual(await once(child, 'close'), [3, null])
      assert.equal(text, `ready\n${signal}\n`)
    })
  }
}

test('an old Node without a carried one says in one sentence what is needed', {
  skip: skipWithoutOldNode,
}, async () => {
  rmSync(join(installed, 'node_modules'), { recursive: true, force: true })
  const { code, stderr, stdout } = await runToEnd([...command(oldNode), 'tell'], {})
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^coatcheck: this is Node [\d.]+, and Node 24\.15 or later is needed; [^\n]+\n$/)
})

test('SEC-05: NODE_PATH does not choose the Node that is carried', { skip: skipWithoutOldNode }, async () => {
  const evil = join(installed, 'evil', `node-${process.platform}-${process.arch}`, 'bin')
  mkdirSync(evil, { recursive: true })
  writeFileSync(join(evil, 'node'), '#!/bin/sh\necho evil\n')
  chmodSync(join(evil, 'node'), 0o755)
  rmSync(join(installed, 'node_modules'), { recursive: true, force: true })
  const { code, stdout } = await runToEnd([...command(oldNode), 'tell'], { env: { NODE_PATH: dirname(dirname(evil)) } })
  assert.deepEqual([code, stdout], [1, ''])
})

test('a link to the entry, as npm makes one, finds what lies beside the entry', async () => {
  const link = join(installed, 'coatcheck')
  symlinkSync('cli/bin/coatcheck.cjs', link)
  const { code } = await runToEnd([newNode, link, 'exit', '9'], {})
  assert.equal(code, 9)
})

test('in the repository the sources run', async () => {
  const { code, stdout } = await runToEnd([newNode, join(repositoryRoot, entry), '--version'], { env: {} })
  assert.deepEqual([code, stdout], [0, '0.1.0\n'])
})
