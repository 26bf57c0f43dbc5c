import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@coatcheck/sdk'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { findOldNode } from './old-node.ts'

const canary = makeCanary('sk_live_')
const skip = process.platform === 'linux' ? false : 'reads /proc'
const entry = join(repositoryRoot, 'packages/cli/bin/coatcheck.cjs')

let root = ''
let hostile: Readonly<Record<string, string>> = {}
before(() => {
  root = mkdtempSync(join(tmpdir(), 'coatcheck-sec05-'))
  mkdirSync(join(root, 'project'))
  // Tells by whom it was loaded: the process's own arguments.
  const evil = join(root, 'evil.cjs')
  writeFileSync(
    evil,
    `require('fs').appendFileSync(${JSON.stringify(join(root, 'loaded'))}, process.argv.join(' ') + '\\n')`,
  )
  writeFileSync(join(root, 'project/.npmrc'), `node-options=--require ${evil}\n`)
  writeFileSync(join(root, 'project/coatcheck.yaml'), 'secrets: [{ name: x, source: { exec: [touch, executed] } }]\n')
  hostile = {
    PATH: '/usr/bin:/bin',
    HOME: root,
    COATCHECK_HOME: join(root, 'home'),
    NODE_OPTIONS: `--require ${evil} --no-warnings`,
    NODE_DEBUG: 'net,http,tls,stream,fs,child_process',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: evil,
    SSLKEYLOGFILE: join(root, 'keys.log'),
    LD_PRELOAD: join(root, 'absent.so'),
    BASH_ENV: evil,
    ENV: evil,
    STRIPE_API_KEY: canary.value,
  }
})
after(() => rmSync(root, { recursive: true, force: true }))

/** Starts `serve` and resolves once it listens, with the process id of the broker below it. */
async function startServe(node: string): Promise<{ serve: ChildProcess; broker: number; log(): string }> {
  const serve = spawn(node, [entry, 'serve', '--json'], { cwd: join(root, 'project'), env: hostile, stdio: 'pipe' })
  let log = ''
  let out = ''
  serve.stderr?.on('data', (chunk) => {
    log += chunk
  })
  serve.stdout?.on('data', (chunk) => {
    out += chunk
  })
  for (let attempt = 0; attempt < 600 && !out.includes('\n') && serve.exitCode === null; attempt++) await sleep(50)
  assert.match(out, /"ready":true/, log)
  const broker = descendants(serve.pid ?? 0).find((pid) => commandOf(pid).includes('broker-process'))
  assert.ok(broker, 'no broker process')
  return { serve, broker, log: () => log + out }
}

async function stopServe(serve: ChildProcess): Promise<void> {
  const exit = once(serve, 'exit')
  if (serve.exitCode === null && serve.signalCode === null) {
    serve.kill('SIGTERM')
    await exit
  }
}

const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')

function descendants(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** TCP ports on which a process listens. */
function listeningPorts(pid: number): readonly string[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`))
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'latin1'))
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.includes(`socket:[${inode}]`))
    .map(([, local = '']) => local)
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile.
    return ''
  }
}

const nodes = [...new Set([process.execPath, findOldNode() ?? process.execPath])]
for (const node of nodes) {
  test(`SEC-05: a broker started by ${node} in a hostile environment runs clean`, { skip }, async () => {
    rmSync(join(root, 'loaded'), { force: true })
    const { serve, broker, log } = await startServe(node)
    try {
      const env = readFileSync(`/proc/${broker}/environ`, 'latin1').split('\0').filter(Boolean)
      assert.deepEqual(
        env.map((line) => line.split('=')[0]).sort(),
        ['HOME', 'PATH', 'PWD'].filter((name) => env.some((line) => line.startsWith(`${name}=`))),
      )
      assert.deepEqual(findCanary(readFileSync(`/proc/${broker}/environ`), canary), [])
      assert.deepEqual(findCanary(commandOf(broker), canary), [])
      assert.match(readFileSync(`/proc/${broker}/limits`, 'latin1'), /^Max core file size\s+0\s+0\s/m)

      const client = createClient({ socketPath: join(root, 'home/run/broker.sock') })
      await client.secrets.create({ name: 'stripe', value: canary.value, provider: 'stripe' })
      await client.secrets.rotate('stripe', canary.value)

      const before = listeningPorts(broker)
      process.kill(broker, 'SIGUSR1')
      await client.status()
      await sleep(200)
      assert.deepEqual(listeningPorts(broker), before, 'SIGUSR1 opened a port')
      assert.deepEqual(before, [], 'R-105: the broker listens on a port')
      await client.secrets.delete('stripe')
    } finally {
      await stopServe(serve)
    }
    assert.deepEqual(findCanary(log(), canary), [])
    assert.doesNotMatch(log(), /NET \d|HTTP \d|TLS \d/)
    // The entry itself was started by the caller in that environment; nothing after it was.
    const loaders = existsSync(join(root, 'loaded'))
      ? readFileSync(join(root, 'loaded'), 'utf8').trim().split('\n')
      : []
    for (const loader of loaders) assert.match(loader, /coatcheck\.cjs serve --json$/)
    assert.equal(log().match(/absent\.so/g)?.length ?? 0, 1, 'LD_PRELOAD reached more than the entry')
    assert.ok(!existsSync(join(root, 'keys.log')))
    assert.ok(!existsSync(join(root, 'project/executed')))
    assert.deepEqual(findCanaryInFolder(root, canary), [])
  })
}

test('SEC-05: SIGABRT ends a broker without a core, and the command says with what it ended', { skip }, async () => {
  const { serve, broker } = await startServe(process.execPath)
  const exit = once(serve, 'exit')
  process.kill(broker, 'SIGABRT')
  const [code] = await exit
  assert.equal(code, 134)
  const cores = readdirSync(root, { recursive: true }).filter((name) => /(^|\/)core(\.|$)/.test(String(name)))
  assert.deepEqual(cores, [])
  rmSync(join(root, 'home/run/broker.sock'))
})

test('SEC-05: a private broker in a hostile environment leaves neither a value nor itself behind', {
  skip,
}, async () => {
  const options = { cwd: join(root, 'project'), env: { ...hostile, LD_PRELOAD: '' } }
  const command = (...args: string[]) =>
    runToEnd([process.execPath, entry, ...args], { ...options, stdin: `${canary.value}\n` })
  const created = await command('secret', 'create', 'own', '--to', 'api.example.com', '--inject', 'bearer', '--json')
  assert.equal(created.code, 0, created.stderr)
  const shown = await command('secret', 'show', 'own')
  for (const { stdout, stderr } of [created, shown]) assert.deepEqual(findCanary(stdout + stderr, canary), [])
  assert.deepEqual(findCanaryInFolder(root, canary), [])
  assert.deepEqual(readdirSync(join(root, 'home/run')), [])
})
