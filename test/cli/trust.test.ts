import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { type RunningBroker, startBroker } from '../clients/running-broker.ts'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { copyRoots, skipWithoutRoots } from '../fixtures/copied-roots.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { jsonHere, runHere } from './in-this-process.suite.ts'

interface Installed {
  readonly store: string
  readonly place: string
  readonly label: string
  readonly fingerprint: string
  readonly names: readonly string[]
}

let home: TemporaryHome
let folder = ''
let coatcheck: CoatcheckCommand
let broker: RunningBroker
let sandbox: CreatedSandbox
let fingerprint = ''

async function store(name: string, provider: string): Promise<void> {
  const args = ['secret', 'create', name, '--provider', provider, '--value-stdin']
  const { code, stderr } = await runHere(coatcheck, home.path, args, { stdin: makeCanary('sk_live_').value })
  assert.equal(code, 0, stderr)
}

before(async () => {
  home = makeTemporaryHome()
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-trust-'))
  coatcheck = makeCoatcheckCommand(home.path)
  broker = await startBroker(coatcheck)
  await store('stripe', 'stripe')
  await store('openai', 'openai')
  sandbox = await json(['sandbox', 'create', '--constrain-ca', '--secret', 'KEY=stripe'])
  fingerprint = new X509Certificate(sandbox.connect.ca).fingerprint256
})
after(async () => {
  await broker[Symbol.asyncDispose]()
  home[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

const installArgs = (name: string) => ['trust', name, '--sandbox', sandbox.id, '--yes', '--fingerprint', fingerprint]
const json = <Output>(args: readonly string[]) => jsonHere<Output>(coatcheck, home.path, args)
const listed = () => json<readonly Installed[]>(['trust'])

async function fails(code: number, reason: RegExp, args: readonly string[]): Promise<void> {
  const result = await runHere(coatcheck, home.path, args)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
  assert.match(result.stderr, reason)
  assert.match(result.stderr, /^coatcheck: [^\n]+\n$/, 'more than one line')
  assert.deepEqual(await listed(), [])
}

function newKeyStore(): string {
  const place = join(folder, 'cacerts')
  rmSync(place, { force: true })
  const subject = ['-alias', 'earlier', '-dname', 'CN=earlier', '-keyalg', 'EC', '-storepass', 'changeit']
  execFileSync('keytool', ['-genkeypair', ...subject, '-keystore', place], { stdio: 'pipe' })
  return place
}

function aliasesIn(place: string): readonly string[] {
  const text = execFileSync('keytool', ['-list', '-keystore', place, '-storepass', 'changeit'], { stdio: 'pipe' })
  return [...text.toString().matchAll(/^([^,\n]+), .*Entry,/gm)].map(([, alias]) => alias!)
}

test('AC-1.5: the key store of a Java gets the authority once, and loses exactly that', {
  skip: skipWithout('keytool'),
}, async () => {
  const place = newKeyStore()
  const args = [...installArgs('java'), '--at', place]
  const [installed] = await json<readonly Installed[]>(args)
  assert.ok(installed !== undefined)
  assert.deepEqual(installed.names, sandbox.caNames)
  await json(args)
  assert.deepEqual(aliasesIn(place), [installed.label, 'earlier'])
  assert.equal((await listed()).length, 1)
  assert.equal((await json<readonly Installed[]>(['trust', 'java', '--remove'])).length, 1)
  assert.deepEqual(aliasesIn(place), ['earlier'])
  assert.deepEqual(await listed(), [])
  assert.deepEqual(await json(['trust', 'java', '--remove']), [])
})

test('AC-1.5: what somebody else took away already is no failure', { skip: skipWithout('keytool') }, async () => {
  const place = newKeyStore()
  await json([...installArgs('java'), '--at', place])
  rmSync(place)
  assert.equal((await json<readonly Installed[]>(['trust', '--remove'])).length, 1)
  assert.deepEqual(await listed(), [])
})

test('AC-1.5: the database of a browser gets the authority for TLS servers only, and loses it', {
  skip: skipWithout('certutil'),
}, async () => {
  const place = join(folder, 'nssdb')
  mkdirSync(place)
  execFileSync('certutil', ['-N', '-d', `sql:${place}`, '--empty-password'])
  const entries = () => execFileSync('certutil', ['-L', '-d', `sql:${place}`]).toString()
  const args = [...installArgs('nss'), '--at', place]
  const [installed] = await json<readonly Installed[]>(args)
  await json(args)
  assert.match(entries(), new RegExp(`^${installed!.label} +C,,`, 'm'))
  await json(['trust', 'nss', '--remove', '--at', place])
  assert.doesNotMatch(entries(), /coatcheck/)
})

test('AC-1.5: Docker trusts it for one registry, whose folder goes again', async () => {
  const at = join(folder, 'certs.d')
  const args = [...installArgs('docker'), '--at', at]
  await fails(1, /per registry/, args)
  await fails(1, /not good for this registry/, [...args, '--registry', 'registry.example.com'])
  await fails(1, /not good for this registry/, [...args, '--registry', '../../api.stripe.com'])
  const registry = `${sandbox.caNames![0]}:5000`
  await json([...args, '--registry', registry])
  assert.equal(readdirSync(join(at, registry)).length, 1)
  await json(['trust', 'docker', '--remove'])
  assert.deepEqual(readdirSync(at), [])
})

test('AC-1.5: the roots of the system get the authority, and are afterwards as they were', {
  skip: skipWithoutRoots(),
}, async () => {
  const roots = copyRoots(folder)
  const inCopy = (...argv: readonly string[]) => runToEnd(roots.wrap(argv), { cwd: home.path, env: coatcheck.env })
  const isBundled = () => roots.bundle().includes(new X509Certificate(sandbox.connect.ca).toString().slice(30, 200))
  // Without what this machine's own administrator added.
  await inCopy('/usr/sbin/update-ca-certificates', '--fresh')
  const earlier = roots.trusted()
  const installed = await inCopy(...coatcheck.argv, ...installArgs('system'))
  assert.equal(installed.code, 0, installed.stderr)
  assert.ok(isBundled())
  // The certificate, and the link by its hash.
  assert.equal(roots.trusted().length, earlier.length + 2)
  assert.equal(roots.added().length, 1)
  const removed = await inCopy(...coatcheck.argv, 'trust', 'system', '--remove')
  assert.equal(removed.code, 0, removed.stderr)
  assert.deepEqual([roots.trusted(), roots.added()], [earlier, []])
  assert.ok(!isBundled())
  assert.deepEqual(await listed(), [])
})

test('R-99: nothing is trusted before its fingerprint was compared', async () => {
  const at = ['--at', folder, '--registry', sandbox.caNames![0]!]
  const args = ['trust', 'docker', '--sandbox', sandbox.id, ...at]
  const other = `${'AB:'.repeat(31)}AB`
  await fails(2, /Compare the fingerprint/, args)
  await fails(2, /needs `--fingerprint`/, [...args, '--yes'])
  await fails(2, /another fingerprint/, [...args, '--yes', '--fingerprint', other])
  await fails(2, /another fingerprint/, [...args, '--yes', '--fingerprint', ''])
  assert.ok(!existsSync(join(folder, sandbox.caNames![0]!)))
})

test('R-99: sandbox create shows the fingerprint that trust asks for', async () => {
  const { stdout } = await runHere(coatcheck, home.path, [
    'sandbox',
    'create',
    '--constrain-ca',
    '--secret',
    'KEY=openai',
  ])
  const [, id, shown] = /^sandbox +(\S+)[\s\S]*^authority +([0-9A-F:]{95})$/m.exec(stdout) ?? []
  const at = ['--at', folder, '--registry', 'api.openai.com', '--yes', '--fingerprint', shown ?? '']
  await json(['trust', 'docker', '--sandbox', id ?? '', ...at])
  await json(['sandbox', 'delete', id ?? ''])
  assert.equal((await json<readonly Installed[]>(['trust', '--prune'])).length, 1)
  assert.ok(!existsSync(join(folder, 'api.openai.com')))
})

test('AC-1.5: only an authority that is held to names is installed, and it stays held to them', async () => {
  const free = await json<CreatedSandbox>(['sandbox', 'create', '--secret', 'KEY=stripe'])
  const ownPrint = new X509Certificate(free.connect.ca).fingerprint256
  const args = ['trust', 'docker', '--sandbox', free.id, '--at', folder, '--registry', 'api.stripe.com']
  await fails(4, /may not be put into trust stores/, [...args, '--yes', '--fingerprint', ownPrint])
  await fails(4, /cannot be good for a host/, ['sandbox', 'attach', sandbox.id, 'OTHER=openai'])
  await fails(2, /name its secrets too/, ['sandbox', 'create', '--constrain-ca'])
  await fails(2, /`--sandbox`/, ['trust', 'docker'])
  await fails(3, /No such sandbox/, ['trust', 'docker', '--sandbox', 'sbx_none'])
  await fails(2, /Allowed choices/, ['trust', 'everything'])
  if (process.platform !== 'darwin') await fails(1, /only macOS/, installArgs('keychain'))
})

test('AC-1.5: prune spares sandboxes that live, and uninstall leaves no orphan', async () => {
  const at = join(folder, 'last')
  const registry = sandbox.caNames![0]!
  await json([...installArgs('docker'), '--at', at, '--registry', registry])
  const ledger = join(home.path, 'data', 'trust')
  const files = readdirSync(ledger).map((name) => statSync(join(ledger, name)).mode & 0o777)
  assert.deepEqual([statSync(ledger).mode & 0o777, files], [0o700, [0o600]])
  assert.deepEqual(await json(['trust', '--prune']), [])
  assert.equal(readdirSync(join(at, registry)).length, 1)
  await broker[Symbol.asyncDispose]()
  const { code, stderr } = await coatcheck.run(['uninstall', '--yes'])
  assert.equal(code, 0, stderr)
  assert.deepEqual(readdirSync(at), [])
  assert.ok(!existsSync(ledger))
})
