import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { findOldNode, skipWithoutOldNode } from '../cli/old-node.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { absentRegistry, type Installation, makeInstallation } from './installation.ts'

const value = 'sk_test_packagingcanary0123456789'
const newPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
const oldPath = `${dirname(findOldNode() ?? '/usr/bin/node')}:/usr/local/bin:/usr/bin:/bin`
const fence = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv')

let installed: Installation
let offline: string | undefined
before(async () => {
  installed = await makeInstallation()
  offline = absentRegistry(await installed.exec(newPath, ['--version']))
})
after(() => installed?.dispose())

/** Whether a test can go on; says why not otherwise. */
function isOnline(context: TestContext): boolean {
  if (offline !== undefined) context.skip(offline)
  return offline === undefined
}

async function filesInside(): Promise<readonly string[]> {
  const { code, stdout } = await runToEnd(['tar', 'tzf', installed.packagePath], { env: { PATH: newPath } })
  assert.equal(code, 0)
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
}

test('the package holds compiled code and its texts, and neither sources nor tests nor types, nor hundreds of files', async () => {
  const files = await filesInside()
  assert.deepEqual(
    files.filter((path) => /\.(?:ts|map|tsbuildinfo)$|\.(?:test|suite|child)\.|(?:^|\/)(?:src|test)\//.test(path)),
    [],
  )
  const wanted = [
    'package.json',
    'README.md',
    'LICENSE',
    'bin/coatcheck.cjs',
    'dist/start.js',
    'dist/THIRD-PARTY-LICENSES.txt',
  ]
  const inside = [
    'package.json',
    'dist/broker-process.js',
    'dist/worker-process.js',
    'dist/connector-process.js',
    'assets/node-preload.cjs',
  ]
  for (const path of [...wanted, ...inside.map((name) => `node_modules/@coatcheck/broker/${name}`)]) {
    assert.ok(files.includes(path), path)
  }
  const odd = files.filter(
    (path) =>
      !/^(?:package\.json|README\.md|LICENSE|(?:assets|bin|dist|node_modules\/@coatcheck\/broker)\/.+)$/.test(path),
  )
  assert.deepEqual(odd, [])
  assert.ok(files.length < 100, `${files.length} files`)
})

test('from an empty folder, the installed command says its version and lists providers', async (context) => {
  if (!isOnline(context)) return
  const said = await installed.exec(newPath, ['--version'])
  assert.deepEqual([said.code, said.stdout], [0, '0.1.0\n'], said.stderr)
  const { code, stdout, stderr } = await installed.exec(newPath, ['provider', 'list', '--json'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /stripe/)
})

test('installed for everybody, the command finds all that it needs', async (context) => {
  if (!isOnline(context)) return
  const [command, npm] = await installed.installGlobally(newPath)
  assert.equal(npm.code, 0, npm.stderr)
  const env = { PATH: newPath, COATCHECK_HOME: join(dirname(command), '../home') }
  const { code, stdout, stderr } = await runToEnd([command, 'status', '--json'], { cwd: installed.place, env })
  assert.equal(code, 0, stderr)
  assert.equal((JSON.parse(stdout) as { version: string }).version, '0.1.0')
})

test('the installed command stores a secret and lists it, without its value', async (context) => {
  if (!isOnline(context)) return
  const created = await installed.exec(newPath, ['secret', 'create', 'stripe', '--provider', 'stripe'], {
    stdin: value,
  })
  assert.equal(created.code, 0, created.stderr)
  const listed = await installed.exec(newPath, ['secret', 'list'])
  assert.match(listed.stdout, /^stripe /m)
  for (const { stdout, stderr } of [created, listed]) assert.ok(!`${stdout}${stderr}`.includes(value))
})

test('the installed command runs a program in a sandbox', { skip: fence }, async (context) => {
  if (!isOnline(context)) return
  const env = { STRIPE_SECRET_KEY: value }
  const { code, stdout, stderr } = await installed.exec(newPath, ['run', '--', 'printenv', 'STRIPE_SECRET_KEY'], {
    env,
  })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^sk_test_coatcheck_\w+\n$/)
})

test('the installed command serves with workers, which find all that they need', async (context) => {
  if (!isOnline(context)) return
  if (process.platform !== 'linux') return context.skip('workers need Linux')
  const home = join(installed.place, '../home/workers')
  const env = { PATH: newPath, COATCHECK_HOME: home, HOME: dirname(home) }
  const args = [installed.entry(), 'serve', '--json', '--proxy', '127.0.0.1:0', '--workers', '1']
  const serve = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(serve, 'close')
  const [said] = (await Promise.race([once(serve.stdout, 'data'), ended])) as [Buffer]
  const { proxyUrl } = JSON.parse(String(said)) as { proxyUrl: string }
  assert.equal((await fetch(`${proxyUrl}/-/self`)).status, 401)
  serve.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('on an old Node, with a newer one installed beside it, the command works', {
  skip: skipWithoutOldNode,
}, async (context) => {
  if (!isOnline(context)) return
  const carried = join(repositoryRoot, 'node_modules', `node-${process.platform}-${process.arch}`)
  const { code, stdout, stderr } = await installed.exec(oldPath, ['secret', 'list'], { beside: [carried] })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^stripe /m)
})

test('on an old Node alone, the command says in one sentence what to do', {
  skip: skipWithoutOldNode,
}, async (context) => {
  if (!isOnline(context)) return
  const { code, stdout, stderr } = await installed.exec(oldPath, ['secret', 'list'])
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^coatcheck: this is Node [\d.]+, and Node 24\.15 or later is needed; [^\n]+\n/)
})
