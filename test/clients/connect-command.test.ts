import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { startBroker } from './running-broker.ts'

const canary = makeCanary('sk_live_')
const undo = new AsyncDisposableStack()
let coatcheck: CoatcheckCommand
let client: CoatcheckClient
let folder = ''

before(async () => {
  const home = undo.use(makeTemporaryHome())
  coatcheck = makeCoatcheckCommand(home.path)
  folder = join(home.path, 'work')
  mkdirSync(folder)
  client = createClient(undo.use(await startBroker(coatcheck, ['--proxy', '127.0.0.1:0'])))
  const args = ['secret', 'create', 'stripe', '--provider', 'stripe', '--value-stdin']
  assert.equal((await coatcheck.run(args, { stdin: canary.value })).code, 0)
})
after(() => undo.disposeAsync())

const connect = (...args: readonly string[]) => coatcheck.run(['sandbox', 'connect', ...args], { cwd: folder })
const alive = async () => (await client.sandboxes.list()).items
const modeOf = (path: string): number => statSync(path).mode & 0o777

async function fails(code: number, reason: RegExp, ...args: readonly string[]): Promise<void> {
  const before = [await alive(), readdirSync(folder)]
  const result = await connect(...args)
  assert.equal(result.code, code, result.stderr)
  assert.match(result.stderr, reason)
  assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
  assert.equal(result.stdout, '')
  assert.deepEqual([await alive(), readdirSync(folder)], before)
}

test('S7: one command registers a sandbox and writes its files, for nobody else to read', async () => {
  const { code, stdout, stderr } = await connect(
    '--for',
    'docker',
    '--secret',
    'STRIPE_SECRET_KEY=stripe',
    '--lifetime',
    '1h',
  )
  assert.equal(code, 0, stderr)
  const id = /^sandbox +(sbx_\w+)$/m.exec(stdout)?.[1] ?? ''
  const own = join(folder, `coatcheck-${id}`)
  assert.equal(modeOf(own), 0o700)
  // What a container mounts is read there by somebody who may be nobody here.
  const mounted = [
    'ca.pem',
    'ca-bundle.pem',
    'coatcheck.ini',
    'java-trust-store',
    'my.cnf',
    'node-preload.cjs',
    'wgetrc',
  ]
  const confidential = ['.gitignore', 'coatcheck.env', 'start.sh', 'teardown.sh']
  assert.deepEqual(readdirSync(own).sort(), [...mounted, ...confidential, 'firewall.nft'].sort())
  for (const name of mounted) assert.equal(modeOf(join(own, name)), 0o644, name)
  for (const name of confidential) assert.equal(modeOf(join(own, name)), 0o600, name)
  assert.match(stdout, /start\.sh: .*sh start\.sh IMAGE/)
  assert.match(stdout, /^Fence: Advisory/m)
  assert.match(stdout, /^Note: The broker listens on 127\.0\.0\.1/m)
  const variables = readFileSync(join(own, 'coatcheck.env'), 'utf8')
  const token = new RegExp(`${id}:([\\w-]{43})@`).exec(variables)?.[1] ?? ''
  assert.equal(token.length, 43)
  assert.ok(!`${stdout}${stderr}`.includes(token), 'the token is in the files alone')
  assert.match(variables, /^STRIPE_SECRET_KEY=sk_live_/m)
  assert.deepEqual(findCanary(variables + stdout + stderr, canary), [])
})

test('a sandbox that exists gets another token, when that is asked for', async () => {
  const { id, token } = await coatcheck.json<CreatedSandbox>(['sandbox', 'create', '--secret', 'KEY=stripe'])
  await fails(2, /token was shown once.*--new-token/, id, '--for', 'shell')
  await fails(2, /--secret is for a new sandbox/, id, '--for', 'shell', '--new-token', '--secret', 'KEY=stripe')
  const { code, stderr } = await connect(id, '--for', 'shell', '--new-token')
  assert.equal(code, 0, stderr)
  const script = readFileSync(join(folder, `coatcheck-${id}`, 'coatcheck.sh'), 'utf8')
  assert.match(script, new RegExp(`${id}:[\\w-]{43}@`))
  assert.ok(!script.includes(token))
  await fails(2, /holds files; add --force/, id, '--for', 'shell', '--new-token')
  assert.equal((await connect(id, '--for', 'shell', '--new-token', '--force')).code, 0)
})

test('a folder that others may read, or that is none, gets nothing', async () => {
  const shared = join(folder, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o755)
  await fails(2, /thers may read/, '--for', 'shell', '--out', 'shared')
  await fails(2, /thers may read/, '--for', 'shell', '--out', 'shared', '--force')
  writeFileSync(join(folder, 'file'), 'kept')
  await fails(2, /no folder/, '--for', 'shell', '--out', 'file', '--force')
  symlinkSync(shared, join(folder, 'link'))
  await fails(2, /no folder/, '--for', 'shell', '--out', 'link', '--force')
  await fails(2, /cannot be made \(ENOENT\)/, '--for', 'shell', '--out', 'absent/deeper')
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'kept')
})

test('a file in the folder that leads elsewhere is replaced, and what it led to stays as it is', async () => {
  const own = join(folder, 'own')
  mkdirSync(own, { mode: 0o700 })
  const elsewhere = join(folder, 'elsewhere')
  writeFileSync(elsewhere, 'kept')
  symlinkSync(elsewhere, join(own, 'coatcheck.sh'))
  assert.equal((await connect('--for', 'shell', '--out', 'own', '--force')).code, 0)
  assert.equal(readFileSync(elsewhere, 'utf8'), 'kept')
})

test('what is wrong is said in one line, and nothing is made', async () => {
  await fails(2, /--for/, '--secret', 'KEY=stripe')
  await fails(2, /compose, docker/, '--for', 'toaster')
  await fails(3, /Did you mean --secret KEY=stripe/, '--for', 'shell', '--secret', 'KEY=stirpe', '--out', 'never')
  await fails(3, /No such sandbox/, 'sbx_none', '--for', 'shell', '--new-token')
  await fails(2, /name it/, '--for', 'shell', '--new-token')
  assert.ok(!existsSync(join(folder, 'never')))
})

test('without a broker that serves with --proxy, that is what is said', async () => {
  using home = makeTemporaryHome()
  const { code, stderr } = await makeCoatcheckCommand(home.path).run(['sandbox', 'connect', '--for', 'docker'])
  assert.equal(code, 4)
  assert.match(stderr, /coatcheck serve --proxy/)
  assert.ok(!readdirSync(home.path).some((name) => name.startsWith('coatcheck-')))
})
