import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AttachedGrant, CreatedSandbox, LockdownReport, SandboxView } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { jsonHere, runHere } from './in-this-process.suite.ts'

const canary = makeCanary('sk_live_')

let home: TemporaryHome
let workspace = ''
let coatcheck: CoatcheckCommand
before(async () => {
  home = makeTemporaryHome()
  workspace = mkdtempSync(join(tmpdir(), 'coatcheck-workspace-'))
  // As root, the sandbox runs as somebody else.
  chmodSync(workspace, 0o755)
  coatcheck = makeCoatcheckCommand(home.path)
  const args = ['secret', 'create', 'stripe', '--provider', 'stripe', '--value-stdin']
  const { code, stderr } = await coatcheck.run(args, { stdin: canary.value })
  assert.equal(code, 0, stderr)
})
after(() => {
  home[Symbol.dispose]()
  rmSync(workspace, { recursive: true, force: true })
})

const sandbox = <Output>(...args: string[]) => jsonHere<Output>(coatcheck, home.path, ['sandbox', ...args])

async function fails(code: number, reason: RegExp, ...args: string[]): Promise<void> {
  const result = await runHere(coatcheck, home.path, args)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
  assert.match(result.stderr, reason)
  assert.match(result.stderr, /^coatcheck: [^\n]+\n$/, 'more than one line')
}

test('S7: a registered sandbox lives on from command to command, and its token is shown once', async () => {
  const args = [
    '--name',
    'ci',
    '--secret',
    'KEY=stripe',
    '--lifetime',
    '10m',
    '--label',
    'team=a',
    '--from',
    '10.0.0.0/8',
  ]
  const created = await sandbox<CreatedSandbox>('create', ...args)
  const seconds = (Date.parse(created.expiresAt) - Date.parse(created.createdAt)) / 1000
  assert.deepEqual([seconds, created.fence, created.from, created.labels], [720, 'none', ['10.0.0.0/8'], { team: 'a' }])
  assert.ok(created.connect.env['KEY']?.startsWith('sk_live_'))
  const shown = await sandbox<SandboxView>('show', created.id)
  assert.deepEqual([shown.status, shown.grants.map(({ env }) => env)], ['active', ['KEY']])
  const all = [...Object.values(created.connect.env), created.token]
  for (const text of all) assert.ok(!JSON.stringify(shown).includes(text))

  const attached = await sandbox<AttachedGrant>('attach', created.id, 'SPARE=stripe', '--ttl', '5m')
  assert.equal(attached.grant.env, 'SPARE')
  await sandbox('detach', created.id, 'KEY')
  assert.ok((await sandbox<SandboxView>('renew', created.id, '--ttl', '15m')).expiresAt > created.expiresAt)
  const [listed] = await sandbox<SandboxView[]>('list')
  assert.deepEqual(
    listed?.grants.map(({ env }) => env),
    ['SPARE'],
  )
  await sandbox('delete', created.id)
  assert.deepEqual(await sandbox('list'), [])
  assert.equal((await sandbox<SandboxView[]>('list', '--all')).length, 1)
})

test('for a person, the variables and the token stand on standard output, and a word about the token beside it', async () => {
  const { stdout, stderr } = await coatcheck.run(['sandbox', 'create', '--secret', 'KEY=stripe'])
  assert.match(stdout, /^sandbox +sbx_\w+$[\s\S]*^token +\S{43}$[\s\S]*^KEY=sk_live_\w+$/m)
  assert.match(stderr, /^coatcheck: the token.*shown this once\n$/)
  assert.deepEqual(findCanary(stdout + stderr, canary), [])
})

test('what goes wrong is said in one line, with the exit code of its kind, and nothing is made', async () => {
  const before = await sandbox<SandboxView[]>('list', '--all')
  const { id } = (await sandbox<SandboxView[]>('list'))[0]!
  await fails(3, /Did you mean --secret KEY=stripe\?/, 'sandbox', 'create', '--secret', 'KEY=stirpe')
  await fails(3, /No such profile/, 'sandbox', 'create', '--profile', 'wide-open')
  await fails(2, /coatcheck serve/, 'sandbox', 'create', '--launch')
  await fails(2, /--help/, 'sandbox', 'create', '--label', 'team')
  await fails(2, /twice the lifetime/, 'sandbox', 'create', '--lifetime', '1m', '--ttl', '3m')
  await fails(3, /No such sandbox/, 'sandbox', 'show', 'sbx_none')
  await fails(3, /No such sandbox/, 'sandbox', 'attach', 'sbx_none', 'KEY=stripe')
  await fails(3, /Did you mean/, 'sandbox', 'attach', id, 'KEY=stirpe')
  await fails(2, /--help/, 'sandbox', 'attach', id, 'KEY')
  await fails(3, /No such grant/, 'sandbox', 'detach', id, 'OTHER')
  await fails(2, /--help/, 'sandbox', 'renew', id, '--ttl', 'soon')
  await fails(2, /runs elsewhere/, 'sandbox', 'exec', id, '--', 'true')
  await fails(2, /exactly one of/, 'lockdown', '--yes')
  await fails(2, /exactly one of/, 'lockdown', '--all', '--secret', 'stripe', '--yes')
  await fails(2, /add --yes/, 'lockdown', '--all')
  await fails(3, /No such secret/, 'lockdown', '--secret', 'nobody', '--yes')
  assert.deepEqual(await sandbox('list', '--all'), before)
})

test('N14: a lockdown reaches a sandbox that a broker of its own holds, with no broker that serves', {
  skip: skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv'),
}, async () => {
  const [program = '', ...args] = coatcheck.argv
  const run = [
    'run',
    '--profile',
    'locked',
    '--secret',
    'KEY=stripe',
    '--',
    'sh',
    '-c',
    'echo running; sleep 600 & wait',
  ]
  const child = spawn(program, [...args, ...run], {
    cwd: workspace,
    env: coatcheck.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  await Promise.race([once(child.stdout, 'data'), exit])
  assert.equal(child.exitCode, null, said)
  const report = await coatcheck.json<LockdownReport>(['lockdown', '--all', '--yes'])
  assert.ok(report.sandboxes >= 1)
  assert.deepEqual(await exit, [4, null])
  assert.match(said, /sandbox was ended/)
})
