import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { demandRefused, stateOf } from './bad-input.suite.ts'
import { serveRows, unattendedRows } from './bad-rows/broker-rows.ts'
import { runHere } from './in-this-process.suite.ts'

const canary = makeCanary('sk_live_')

let home: TemporaryHome
let coatcheck: CoatcheckCommand
beforeEach(async () => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
afterEach(() => home[Symbol.dispose]())

const refused = (name: string, args: readonly string[], code: number, says: RegExp) =>
  demandRefused(coatcheck, home.path, { name, args, code, says })

async function store(): Promise<void> {
  const create = ['secret', 'create', 'stripe', '--provider', 'stripe']
  const { code, stderr } = await runHere(coatcheck, home.path, create, { stdin: canary.value })
  assert.equal(code, 0, stderr)
}

/** Runs the command in a shell script, where it stands in `"$@"`. */
const inShell = (script: string, args: readonly string[], shell = ['bash', '-c']) =>
  runToEnd([...shell, script, 'sh', ...coatcheck.argv, ...args], { cwd: home.path, env: coatcheck.env })

type Row = readonly [name: string, options: readonly string[], code: number, says: RegExp]

describe('a setting of the broker', () => {
  for (const bad of serveRows) {
    test(`${bad.name} is refused, and no broker starts`, () => demandRefused(coatcheck, home.path, bad))
  }
})

describe('a port that somebody else has', () => {
  const server = createServer()
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'))
  after(() => server.close())
  for (const door of ['--proxy', '--api']) {
    test(`serve ${door} says so, and leaves the home as it was`, async () => {
      await store()
      const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code, stdout, stderr } = await coatcheck.run(['serve', door, place])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^coatcheck: [^\n]*another program listens there[^\n]*\n$/)
    })
  }
})

describe('a broker elsewhere', () => {
  const rows: readonly Row[] = [
    ['without a token', ['--broker', 'https://127.0.0.1:1'], 2, /wants a token/],
    ['with a token that is not there', ['--broker', 'https://127.0.0.1:1', '--token-file', 'x'], 2, /no such file/],
    ['with a folder for a token', ['--broker', 'https://127.0.0.1:1', '--token-file', '/etc'], 2, /it is a folder/],
  ]
  for (const [name, options, code, says] of rows) {
    test(`${name}: refused`, () => refused(name, [...options, 'status'], code, says))
  }

  test('that is not there is no broker', async () => {
    const file = join(home.path, 'token')
    writeFileSync(file, 'tok_x.y\n', { mode: 0o600 })
    await refused('absent', ['--broker', 'https://127.0.0.1:1', '--token-file', file, 'status'], 5, /does not answer/)
  })
})

describe('a home', () => {
  const rows: readonly Row[] = [
    ['of no name', ['--home', ''], 2, /--home is empty/],
    ['that is a file', ['--home', '/etc/hostname'], 1, /cannot be used/],
    ['with a path that no socket can have', ['--home', `/tmp/${'long/'.repeat(30)}`], 1, /shorter path/],
  ]
  for (const [name, options, code, says] of rows) {
    test(`${name} is refused`, () => refused(name, [...options, 'status'], code, says))
  }

  test('that is a symbolic link is refused', async () => {
    mkdirSync(join(home.path, 'real', 'data'), { recursive: true, mode: 0o700 })
    symlinkSync(join(home.path, 'real', 'data'), join(home.path, 'data'))
    await refused('link', ['status'], 1, /symbolic link|real one/)
  })

  test('in a git tree is refused, for the key would be committed', async () => {
    execFileSync('git', ['init', '--quiet', home.path], { env: coatcheck.env })
    await refused('tree', ['--home', join(home.path, 'inner'), 'status'], 1, /git/)
  })

  test('of another user is refused', {
    skip: process.getuid?.() !== 0 && 'only root can give a folder away',
  }, async () => {
    await store()
    chownSync(join(home.path, 'data'), 64_321, 64_321)
    await refused('stranger', ['secret', 'list'], 1, /cannot be used|belongs to/)
  })

  const namespaces = spawnSync('unshare', ['-m', 'true']).status === 0
  const skip = !(namespaces && process.getuid?.() === 0) && 'nothing can be mounted here'

  test('on a read-only file system is refused', { skip }, async () => {
    await store()
    const before = stateOf(home.path)
    const script = `mount --bind -o ro '${home.path}' '${home.path}' && exec "$@"`
    const { code, stdout, stderr } = await inShell(script, ['secret', 'list'], ['unshare', '-m', 'sh', '-c'])
    assert.deepEqual([code, stdout], [1, ''], stderr)
    assert.match(stderr, /^coatcheck: [^\n]+\n$/)
    assert.match(stderr, /EROFS|read-only|readonly/)
    assert.deepEqual(stateOf(home.path), before)
  })

  test('without bubblewrap, run names the package and what else there is', { skip }, async () => {
    using project = makeTemporaryHome()
    chmodSync(project.path, 0o755)
    const script = `mount --bind /dev/null "$(command -v bwrap)" && cd '${project.path}' && exec "$@"`
    const args = ['run', '--', 'true']
    const { code, stdout, stderr } = await inShell(script, args, ['unshare', '-m', 'sh', '-c'])
    assert.deepEqual([code, stdout], [7, ''], stderr)
    assert.match(stderr, /^coatcheck: [^\n]*install the package bubblewrap[^\n]*--advisory[^\n]*\n$/)
  })
})

describe('streams', () => {
  test('a closed standard input gives no value', async () => {
    const { code, stdout, stderr } = await inShell('exec "$@" <&-', ['secret', 'create', 'x', '--provider', 'stripe'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^coatcheck: No value was given[^\n]+\n$/)
    assert.deepEqual(stateOf(home.path), [])
  })

  test('a reader that goes away is no failure', async () => {
    const { code, stderr } = await inShell('set -o pipefail; "$@" | head -c 1', ['provider', 'list'])
    assert.deepEqual([code, stderr], [0, ''])
  })

  test('a full disk behind standard output is a failure', async () => {
    const { code, stderr } = await inShell('"$@" > /dev/full', ['provider', 'list'])
    assert.notEqual(code, 0, stderr)
  })

  test('one line break at the end of a value is dropped, and no more', async () => {
    for (const [name, stdin, code] of [
      ['unix', `${canary.value}\n`, 0],
      ['dos', `${canary.value}\r\n`, 0],
      ['two', `${canary.value}\n\n`, 2],
    ] as const) {
      const create = ['secret', 'create', name, '--provider', 'stripe']
      const result = await runHere(coatcheck, home.path, create, { stdin })
      assert.equal(result.code, code, result.stderr)
    }
  })
})

describe('nobody at a terminal', () => {
  for (const { name, args, code, says } of unattendedRows) {
    test(`${name} is asked for by naming the option`, async () => {
      if (args[0] !== 'init') await store()
      await refused(name, args, code, says)
      rmSync(join(home.path, 'out'), { force: true })
    })
  }
})
