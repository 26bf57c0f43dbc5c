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
import { afterEach, beforeEach, test } from 'node:test'
import type { SecretView, SourceView } from '@coatcheck/contract'
import { startServe } from '../acceptance/serving-broker.ts'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { type Ended, runHere } from './in-this-process.suite.ts'

const key = makeCanary('sk_live_')
const create = ['secret', 'create', 'stripe', '--provider', 'stripe', '--source']

let home: TemporaryHome
let coatcheck: CoatcheckCommand
beforeEach(() => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
afterEach(() => home[Symbol.dispose]())

const at = (name: string): string => join(home.path, name)

/** Runs a command with the variable that a source names; whatever it does, it does not say the value. */
async function run(...args: readonly string[]): Promise<Ended> {
  const ended = await runHere(coatcheck, home.path, args, { env: { STRIPE_FOR_AGENTS: key.value }, stdin: '' })
  assert.deepEqual(findCanary(ended.stdout + ended.stderr, key), [], args.join(' '))
  return ended
}

async function succeeds(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

async function fails(code: number, says: RegExp, ...args: readonly string[]): Promise<void> {
  const ended = await run(...args)
  assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
  assert.match(ended.stderr, says)
}

const sources = `sources:
  from-env: { kind: env, variable: STRIPE_FOR_AGENTS, provider: stripe }
  from-exec: { kind: exec, command: [/bin/false], to: [api.stripe.com] }
`

function writeSources(text = sources, name = 'sources.yaml'): string {
  writeFileSync(at(name), text, { mode: 0o600 })
  return at(name)
}

test('SEC-06: a file of sources is in use once it was approved, and a later change of it is not', async () => {
  const path = writeSources()
  await fails(4, /no source of this name/, ...create, 'from-env')
  await fails(2, /nobody is there to approve/i, 'source', 'apply', path)
  assert.ok(!existsSync(at('keys/sources.yaml')))
  const applied = await succeeds('source', 'apply', path, '--yes')
  assert.match(applied, /from-exec: exec .*\/bin\/false/)
  const [, sha256] = /sha256:([0-9a-f]{64})/.exec(applied) ?? []
  writeFileSync(path, sources.replace('/bin/false', '/bin/true'))
  assert.match(readFileSync(at('keys/sources.yaml'), 'utf8'), /\/bin\/false/)
  await succeeds(...create, 'from-env')
  const listed = JSON.parse(await succeeds('source', 'list', '--json')) as readonly SourceView[]
  assert.deepEqual(
    listed.map(({ name, kind, to }) => [name, kind, to.slice(0, 1)]),
    [
      ['from-env', 'env', ['api.stripe.com']],
      ['from-exec', 'exec', ['api.stripe.com']],
    ],
  )
  assert.ok(journals().includes(`sources sha256:${sha256}`), 'the journal does not say which file it was')
  assert.deepEqual(findCanaryInFolder(home.path, key), [])
})

function journals(): string {
  const folder = at('data/audit')
  const files = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile())
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
}

test('uninstall takes the file of sources away', async () => {
  await succeeds('source', 'apply', writeSources(), '--yes')
  await succeeds('uninstall', '--yes')
  assert.ok(!existsSync(at('keys/sources.yaml')))
})

test('what is known of a secret with a source is shown, and its value cannot be typed in', async () => {
  await succeeds('source', 'apply', writeSources(), '--yes')
  await succeeds(...create, 'from-env', '--rotation-days', '30')
  assert.match(await succeeds('secret', 'refresh', 'stripe'), /source +from-env, env: fetched 2/)
  const shown = JSON.parse(await succeeds('secret', 'show', 'stripe', '--json')) as SecretView
  assert.equal(shown.source?.name, 'from-env')
  assert.notEqual(shown.rotationDue, null)
  const typed = await runHere(coatcheck, home.path, ['secret', 'rotate', 'stripe'], { stdin: 'sk_live_another_value' })
  assert.equal(typed.code, 4, typed.stderr)
  assert.match(typed.stderr, /comes from a source/)
  await fails(2, /cannot be used with/, ...create, 'from-env', '--value-stdin')
  await fails(
    1,
    /gave no value: the program ended with 1/,
    'secret',
    'create',
    'other',
    '--to',
    'api.stripe.com',
    '--inject',
    'bearer',
    '--source',
    'from-exec',
  )
})

test('doctor says which source gives nothing, also where the variable is not there', async () => {
  await succeeds('source', 'apply', writeSources(), '--yes')
  await succeeds(...create, 'from-env')
  const { stdout } = await runHere(coatcheck, home.path, ['doctor'], { stdin: '' })
  assert.match(stdout, /the secret stripe cannot be used: The source of a secret gave no value/)
})

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['that is not YAML', 'sources: [', /not YAML/],
  ['with a field that does not exist', 'sources: {}\nexec: x', /fields that do not exist/],
  ['of an unknown kind', 'sources: { a: { kind: carrier-pigeon, to: [a.example] } }', /kind is none of env/],
  ['without a place to go', 'sources: { a: { kind: env, variable: A } }', /a: to is missing/],
  [
    'for a provider that is none',
    'sources: { a: { kind: env, variable: A, provider: nobody } }',
    /none of the catalog/,
  ],
  ['with a place on a shared suffix', 'sources: { a: { kind: env, variable: A, to: ["*.vercel.app"] } }', /vercel/],
  ['with a program without its path', 'sources: { a: { kind: exec, command: [pass], to: [a.example] } }', /a: command/],
  ['with a value in it', `sources: { a: { kind: env, value: ${key.value}, to: [a.example] } }`, /a/],
  ['with aliases', 'sources: { a: &a { kind: env, variable: A, to: [a.example] }, b: *a }', /aliases/],
]
for (const [what, text, says] of bad) {
  test(`a file of sources ${what} is refused, and nothing of it repeated`, async () => {
    await fails(2, says, 'source', 'apply', writeSources(text), '--yes')
    assert.ok(!existsSync(at('keys/sources.yaml')))
  })
}

test('SEC-06: a file of sources that others may write, or that is a link, is refused everywhere', async () => {
  const path = writeSources()
  chmodSync(path, 0o620)
  await fails(2, /others may write it/, 'source', 'apply', path, '--yes')
  await fails(2, /others may write it/, 'serve', '--sources', path)
  chmodSync(path, 0o600)
  symlinkSync(path, at('link.yaml'))
  await fails(2, /symbolic link/, 'source', 'apply', at('link.yaml'), '--yes')
  mkdirSync(at('keys'), { mode: 0o700 })
  symlinkSync(path, at('keys/sources.yaml'))
  await fails(2, /symbolic link/, 'secret', 'list')
})

test('SEC-15: no source reads or runs what the broker keeps for itself, by whatever way', async () => {
  await succeeds('secret', 'list')
  symlinkSync(at('keys'), at('elsewhere'))
  for (const place of ['keys/key', 'data/coatcheck.db', 'run/x', 'elsewhere/key'])
    for (const source of [`{ kind: file, path: "${at(place)}"`, `{ kind: exec, command: ["${home.path}/${place}"]`]) {
      const text = `sources: { a: ${source}, to: [a.example] } }`
      await fails(2, /home of the broker itself/, 'source', 'apply', writeSources(text), '--yes')
    }
})

test('SEC-05: a broker has the value of a variable from its input, and not in its environment', async () => {
  const path = writeSources()
  const env = { STRIPE_FOR_AGENTS: key.value }
  const caller = { home: home.path, coatcheck } as never
  await using broker = await startServe(caller, { args: ['--sources', path], env })
  await succeeds(...create, 'from-env')
  for (const file of ['environ', 'cmdline'])
    assert.deepEqual(findCanary(readFileSync(`/proc/${broker.pid}/${file}`), key), [], file)
  assert.deepEqual(findCanary(broker.said(), key), [])
  assert.match(readFileSync(path, 'utf8'), /from-env/)
})

const skip = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv')

test('a sandbox has the placeholder of a secret with a source, and not the variable', { skip }, async () => {
  await succeeds('source', 'apply', writeSources(), '--yes')
  await succeeds(...create, 'from-env')
  const cwd = at('workspace')
  mkdirSync(cwd)
  const options = { cwd, env: { STRIPE_FOR_AGENTS: key.value } }
  const printed = await coatcheck.run(['run', '--secret', 'STRIPE_SECRET_KEY=stripe', '--', 'env'], options)
  assert.equal(printed.code, 0, printed.stderr)
  assert.match(printed.stdout, /^STRIPE_SECRET_KEY=sk_live_/m)
  assert.deepEqual(findCanary(printed.stdout, key), [])
})

test('SEC-06: no mount holds what a source reads or runs', { skip }, async () => {
  const cwd = at('workspace')
  mkdirSync(cwd)
  for (const [name, source] of [
    ['value', `{ kind: file, path: ${cwd}/value, to: [a.example] }`],
    ['program', `{ kind: exec, command: [${cwd}/program], to: [a.example] }`],
    [
      'token',
      `{ kind: vault, url: "https://v.example", path: x, field: y, token: { kind: file, path: ${cwd}/token }, to: [a.example] }`,
    ],
  ] as const) {
    writeFileSync(join(cwd, name), key.value, { mode: 0o600 })
    await succeeds('source', 'apply', writeSources(`sources: { a: ${source} }`), '--yes')
    const ended = await coatcheck.run(['run', '--', 'true'], { cwd })
    assert.equal(ended.code, 4, ended.stderr)
    assert.match(ended.stderr, new RegExp(`it holds ${cwd}/${name}`))
  }
})
