import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { AuditVerification } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { type Ended, runHere } from './in-this-process.suite.ts'

const canary = makeCanary('sk_live_')
const passphrase = 'correct horse battery'

let root: TemporaryHome
let backup = ''
let passphraseFile = ''
/** An installation with one secret, of which each test gets its own. */
const template = makeTemporaryHome()
before(async () => {
  const create = ['secret', 'create', 'stripe', '--provider', 'stripe']
  const made = await runHere(makeCoatcheckCommand(template.path), template.path, create, { stdin: canary.value })
  assert.equal(made.code, 0, made.stderr)
})
after(() => template[Symbol.dispose]())
beforeEach(() => {
  root = makeTemporaryHome()
  backup = join(root.path, 'backup')
  passphraseFile = join(root.path, 'passphrase')
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 })
})
afterEach(() => root[Symbol.dispose]())

interface Installation extends CoatcheckCommand {
  readonly home: string
}

/** One more installation below the folder of the test. */
function at(name: string): Installation {
  const home = join(root.path, name)
  const command = makeCoatcheckCommand(root.path)
  const env = { ...command.env, COATCHECK_HOME: home }
  return {
    ...command,
    home,
    run: (args, options = {}) => command.run(args, { ...options, env: { ...options.env, COATCHECK_HOME: home } }),
    json: (args, options = {}) => command.json(args, { ...options, env: { COATCHECK_HOME: home } }),
    env,
  }
}

/** In this process; `run` of an installation is for what a pipe must carry unread. */
const run = ({ home, ...command }: Installation, args: readonly string[], stdin = ''): Promise<Ended> =>
  runHere(command, root.path, args, { stdin, env: { COATCHECK_HOME: home } })

async function succeeds(command: Installation, args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, stdin)
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

async function fails(command: Installation, code: number, reason: RegExp, args: readonly string[], stdin = '') {
  const result = await run(command, args, stdin)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
  assert.match(result.stderr, reason)
  assert.match(result.stderr, /^coatcheck: [^\n]+\n$/, 'more than one line')
}

async function store(command: Installation, ...names: readonly string[]): Promise<void> {
  for (const name of names) await succeeds(command, ['secret', 'create', name, '--provider', 'stripe'], canary.value)
}

/** Whether the vault can open a secret: widening its scopes compares the value. */
async function opens(command: Installation, name: string): Promise<boolean> {
  const args = ['secret', 'update', name, '--to', 'api.other.example', '--inject', 'bearer', '--value-stdin']
  return (await run(command, args, canary.value)).code === 0
}

const treeOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/clock$|\.lock$|-(wal|shm)$|^index-/.test(entry.name))
    .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'latin1')])

test('a backup without keys is ciphertext, and goes back into its own home after a confirmation', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  await store(own, 'other')
  await succeeds(own, ['backup', backup])
  assert.equal(statSync(backup).mode & 0o777, 0o600)
  const bytes = readFileSync(backup)
  assert.deepEqual(findCanary(bytes.toString('latin1'), canary), [])
  const key = readFileSync(join(own.home, 'keys/key'), 'latin1').split(':')[1]!.trim()
  for (const form of [Buffer.from(key), Buffer.from(key, 'hex')])
    assert.ok(!bytes.includes(form), 'the key is not in it')
  await store(own, 'later')
  await fails(own, 4, /holds an installation already/, ['restore', backup])
  assert.match(await succeeds(own, ['restore', '--replace', backup]), /2 secrets[\s\S]*was there before/)
  await fails(own, 6, /older than the last one/, ['secret', 'list'])
  await succeeds(own, ['vault', 'confirm-rollback'])
  assert.ok(await opens(own, 'stripe'))
  await fails(own, 3, /No such secret/, ['secret', 'show', 'later'])
  const { ok }: AuditVerification = await own.json(['audit', 'verify'])
  assert.equal(ok, true)
})

test('V5: a secret that was deleted is dead in every backup that was made without keys', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  await store(own, 'doomed')
  await succeeds(own, ['backup', backup])
  await succeeds(own, ['secret', 'delete', 'doomed'])
  await succeeds(own, ['restore', '--replace', backup])
  await succeeds(own, ['vault', 'confirm-rollback'])
  assert.ok(await opens(own, 'stripe'))
  assert.equal(await opens(own, 'doomed'), false)
  await succeeds(own, ['secret', 'delete', 'doomed'])
})

test('a backup with keys opens on another machine, with the passphrase and nothing else', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  await succeeds(own, ['backup', '--with-key', '--passphrase-file', passphraseFile, backup])
  const bytes = readFileSync(backup).toString('latin1')
  assert.ok(!bytes.includes(readFileSync(join(own.home, 'keys/key'), 'latin1').split(':')[1]!.trim()))
  assert.ok(!bytes.includes(passphrase))
  const other = at('other')
  writeFileSync(passphraseFile, 'a wrong passphrase', { mode: 0o600 })
  await fails(other, 4, /not that of the key/, ['restore', '--passphrase-file', passphraseFile, backup])
  assert.throws(() => statSync(other.home), { code: 'ENOENT' }, 'nothing was made')
  writeFileSync(passphraseFile, passphrase, { mode: 0o600 })
  await succeeds(other, ['restore', '--passphrase-file', passphraseFile, backup])
  await succeeds(other, ['vault', 'confirm-rollback'])
  assert.ok(await opens(other, 'stripe'))
  const { ok }: AuditVerification = await other.json(['audit', 'verify'])
  assert.equal(ok, true)
})

test('a backup with keys takes the place of another installation, which is kept beside it', async () => {
  const [own, other] = [at('own'), at('other')]
  cpSync(template.path, own.home, { recursive: true })
  await store(other, 'github')
  await succeeds(own, ['backup', '--with-key', '--passphrase-file', passphraseFile, backup])
  const shown = await succeeds(other, ['restore', '--replace', '--passphrase-file', passphraseFile, backup])
  assert.match(shown, /keys\/before-restore[\s\S]*data\/before-restore/)
  await succeeds(other, ['vault', 'confirm-rollback'])
  assert.ok(await opens(other, 'stripe'))
  const { ok }: AuditVerification = await other.json(['audit', 'verify'])
  assert.equal(ok, true)
})

test('SEC-02: settings of another installation do not steer what is restored over it; those of the same one hold on', async () => {
  const [own, other, bare] = [at('own'), at('other'), at('bare')]
  cpSync(template.path, own.home, { recursive: true })
  await store(other, 'github')
  const restore = ['restore', '--replace', '--passphrase-file', passphraseFile, backup]
  const url = 'http://proxy.corp.test:3128'
  for (const each of [own, other, bare]) await succeeds(each, ['settings', 'set', '--upstream-proxy', url])
  await succeeds(own, ['backup', '--with-key', '--passphrase-file', passphraseFile, backup])
  const proxyOf = async (each: Installation) =>
    (await each.json<{ upstreamProxy?: string }>(['settings', 'show'])).upstreamProxy

  const { settings }: { settings: string } = await other.json(restore)
  assert.match(settings, /keys\/before-restore-[^/]+\/settings\.json$/)
  assert.deepEqual(JSON.parse(readFileSync(settings, 'utf8')), { upstreamProxy: url })
  assert.equal(statSync(settings).mode & 0o777, 0o600)
  assert.equal(await proxyOf(other), undefined)
  // What was set for a home that had no installation was set for the one that is to come.
  for (const each of [own, bare]) {
    assert.doesNotMatch(await succeeds(each, restore), /settings/)
    assert.equal(await proxyOf(each), url)
  }
})

test('what is damaged, cut, newer, or of another key is refused, and nothing changes', async () => {
  const [own, other] = [at('own'), at('other')]
  cpSync(template.path, own.home, { recursive: true })
  await store(other, 'github')
  await succeeds(own, ['backup', backup])
  const good = readFileSync(backup)
  const changed = Buffer.from(good)
  changed[5_000]! ^= 1
  const bad: readonly (readonly [string, Buffer, RegExp])[] = [
    ['cut', good.subarray(0, good.length - 1), /damaged|cut short/],
    ['half', good.subarray(0, good.length / 2), /damaged|cut short/],
    ['changed', changed, /damaged/],
    ['empty', Buffer.alloc(0), /no backup/],
    ['something else', Buffer.from('PK\x03\x04'.repeat(500)), /no backup/],
    ['newer', Buffer.from('coatcheck-backup-7\n'), /newer version/],
  ]
  const before = treeOf(own.home)
  for (const [name, bytes, reason] of bad) {
    writeFileSync(backup, bytes)
    await fails(own, 2, reason, ['restore', '--replace', backup])
    assert.deepEqual(treeOf(own.home), before, name)
  }
  await fails(own, 2, /cannot be read \(ENOENT\)/, ['restore', '--replace', join(root.path, 'none')])
  writeFileSync(backup, good)
  const theirs = treeOf(other.home)
  await fails(other, 1, /another key/, ['restore', '--replace', backup])
  assert.deepEqual(treeOf(other.home), theirs)
  const empty = at('empty')
  await fails(empty, 1, /made without the keys/, ['restore', backup])
  assert.throws(() => statSync(empty.home), { code: 'ENOENT' })
})

test('a backup of a newer database is refused', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  await succeeds(own, ['backup', backup])
  const later = at('later')
  cpSync(own.home, later.home, { recursive: true })
  const database = new DatabaseSync(join(later.home, 'data/coatcheck.db'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  await fails(later, 1, /newer version/, ['backup', join(root.path, 'second')])
})

test('a backup goes through a pipe, and never over a file by accident', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  const piped = await own.run(['backup', '-'])
  assert.equal(piped.code, 0)
  writeFileSync(backup, 'mine')
  await fails(own, 2, /the file exists/i, ['backup', backup])
  assert.equal(readFileSync(backup, 'latin1'), 'mine')
  await succeeds(own, ['backup', '--force', backup])
  await fails(own, 2, /cannot be written \(ENOENT\)/, ['backup', join(root.path, 'none/backup')])
  await fails(own, 2, /needs `--with-key`/i, ['backup', '--passphrase-stdin', backup], passphrase)
  await fails(
    own,
    2,
    /at least 12 characters/,
    ['backup', '--force', '--with-key', '--passphrase-stdin', backup],
    'short',
  )
  const restored = await own.run(['restore', '--replace', '-'], { stdin: piped.stdoutBytes })
  assert.equal(restored.code, 0, restored.stderr)
  assert.deepEqual(readdirSync(root.path).sort(), ['backup', 'own', 'passphrase'])
  assert.deepEqual(
    readdirSync(join(own.home, 'data')).filter((name) => name.endsWith('.partial')),
    [],
  )
})

test('uninstall destroys the keys and leaves nothing of ours, and everything else', async () => {
  const own = at('own')
  cpSync(template.path, own.home, { recursive: true })
  writeFileSync(join(own.home, 'data/notes.txt'), 'mine')
  await fails(own, 2, /add `--yes`/i, ['uninstall'])
  assert.match(await succeeds(own, ['uninstall', '--yes']), /keys\/key[\s\S]*Left: .*notes\.txt/)
  assert.deepEqual(readdirSync(own.home, { recursive: true }), ['data', 'data/notes.txt'])
  rmSync(join(own.home, 'data/notes.txt'))
  assert.match(await succeeds(own, ['uninstall', '--yes']), /nothing to delete/)
  assert.throws(() => statSync(own.home), { code: 'ENOENT' })
  cpSync(template.path, own.home, { recursive: true })
  await succeeds(own, ['uninstall', '--yes', '--keep-audit'])
  assert.deepEqual(readdirSync(join(own.home)), ['data'])
  assert.deepEqual(readdirSync(join(own.home, 'data')), ['audit'])
})
