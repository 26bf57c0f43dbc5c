import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { SecretView } from '@coatcheck/contract'
import { startServe } from '../acceptance/serving-broker.ts'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { freePort } from '../fixtures/free-port.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { runHere } from './in-this-process.suite.ts'

const key = makeCanary('sk_live_')

let home: TemporaryHome
let coatcheck: CoatcheckCommand
beforeEach(() => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
afterEach(() => home[Symbol.dispose]())

function write(text: string, mode = 0o600): string {
  const folder = join(home.path, 'configured')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'coatcheck.yaml')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** Serves with the file, and gives what it said. */
async function serve(text: string, ...args: readonly string[]): Promise<string> {
  return whileServing(text, args, () => Promise.resolve())
}

async function whileServing(text: string, args: readonly string[], work: () => Promise<void>): Promise<string> {
  const caller = {
    uid: process.getuid!(),
    coatcheck,
    home: home.path,
    folder: home.path,
    [Symbol.dispose]: () => undefined,
  }
  const env = { STRIPE_FOR_AGENTS: key.value }
  await using broker = await startServe(caller, { args: ['--config', write(text), ...args], env })
  await work()
  return broker.said()
}

test('serve --config listens as the file says, and the command line stands over it', async () => {
  const [inFile, given] = [await freePort(), await freePort()]
  const text = `# doors\nproxy: 127.0.0.1:${inFile}\napi: 127.0.0.1:0\nmaxRequestBytes: 64M\nupstreamProxyExcept: [.corp.example]\n`
  const said = await serve(text)
  assert.match(said, new RegExp(`"proxyUrl":"http://127.0.0.1:${inFile}"`))
  assert.match(said, /"apiUrl":"http:\/\/127\.0\.0\.1:[1-9]\d*"/)
  const over = await serve(text, '--proxy', `127.0.0.1:${given}`)
  assert.match(over, new RegExp(`"proxyUrl":"http://127.0.0.1:${given}"`))
  assert.match(over, /"apiUrl":/, 'what the command line is silent about stays')
})

test('paths of the file start in its folder, and a file of nothing says nothing', async () => {
  const sources = join(home.path, 'configured/sources.yaml')
  mkdirSync(join(home.path, 'configured'))
  writeFileSync(sources, 'sources: {}\n', { mode: 0o600 })
  assert.match(await serve('sources: sources.yaml\nupstreamProxy: false\nsocksClear: false\n'), /"ready":true/)
  assert.match(await serve('# nothing yet\n'), /"ready":true/)
})

test('N6: serve --config makes what the file declares before a door is open, once, and the journals name the file', async () => {
  const folder = join(home.path, 'configured')
  mkdirSync(folder)
  const sources = 'sources:\n  team: { kind: env, variable: STRIPE_FOR_AGENTS, provider: stripe }\n'
  writeFileSync(join(folder, 'sources.yaml'), sources, { mode: 0o600 })
  const text = `sources: sources.yaml
secrets: { stripe: { sourceName: team, provider: stripe, rotationDays: 90 } }
rules: { default: allow, presets: [no-money], rules: [] }
caps: [{ unit: requests, limit: 100, window: day }]
profiles: { till: { secrets: { STRIPE_SECRET_KEY: stripe } } }
`
  for (let start = 0; start < 2; start++) {
    const said = await whileServing(text, [], async () => {
      const { rotationDue, source } = await coatcheck.json<SecretView>(['secret', 'show', 'stripe'])
      assert.deepEqual([typeof rotationDue, source?.name], ['string', 'team'])
      assert.match((await coatcheck.run(['profile', 'show', 'till'])).stdout, /STRIPE_SECRET_KEY → stripe/)
      assert.match((await coatcheck.run(['policy', 'show'])).stdout, /no-money/)
      assert.match((await coatcheck.run(['usage'])).stdout, /100requests\/day/)
    })
    assert.deepEqual(findCanary(said, key), [])
  }
  const files = readdirSync(join(home.path, 'data/audit')).filter((name) => name.endsWith('.jsonl'))
  const journals = files.map((name) => readFileSync(join(home.path, 'data/audit', name), 'utf8')).join('')
  assert.equal(journals.split('"config.applied"').length - 1, 1, 'the second start changes nothing')
  assert.ok(journals.includes(`config sha256:${hash('sha256', text, 'hex')}`))
})

test('N6, SEC-06: no broker starts with a declaration that cannot come into force', async () => {
  for (const [text, code] of [
    ['secrets: { stripe: { provider: stripe } }\n', 'secret_not_found'],
    ['secrets: { stripe: { sourceName: team, provider: stripe } }\n', 'source_forbidden'],
    ['profiles: { till: { secrets: { KEY: nobody } } }\n', 'secret_not_found'],
    ['profiles: { locked: {} }\n', 'profile_built_in'],
    ['rules: { default: deny, rules: [{ effect: allow, paths: any }] }\n', 'rule_invalid'],
  ] as const) {
    const { stderr } = await refused(write(`caps: [{ unit: requests, limit: 7, window: day }]\n${text}`))
    assert.equal(JSON.parse(stderr).code, code, text)
  }
  assert.doesNotMatch((await coatcheck.run(['usage'])).stdout, /7requests/)
})

test('--no-upstream-proxy of the command line stands over the proxy that the file names in a file', async () => {
  assert.match(await serve('upstreamProxyFile: missing\n', '--no-upstream-proxy'), /"ready":true/)
  const { code, stderr } = await refused(write('upstreamProxyFile: missing\n'))
  assert.notEqual(code, 0)
  assert.match(stderr, /ENOENT/)
})

const refusals: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  [
    'a member that does not exist',
    `api: 127.0.0.1:0\n${key.value}: yes\n`,
    /line 2: there is no such member; .*proxyUrl/,
  ],
  ['secrets in a list', 'socksClear: false\nsecrets:\n  - name: x\n', /line 2: secrets: /],
  ['a value', `secrets:\n  x: { value: ${key.value} }\n`, /line 1: secrets\.\*: there are fields that do not exist/],
  [
    'a described source',
    'secrets: { x: { source: { kind: exec } } }\n',
    /line 1: a source is named there, not described/,
  ],
  ['a key for a name', `caps: []\nsecrets: { "${key.value} ": {} }\n`, /line 2: secrets\.\*: /],
  ['the name of a prototype', 'profiles:\n  __proto__: {}\n', /line 1: a name there is not a text/],
  ['a cap of nothing', 'caps: [{ unit: requests, limit: 0, window: day }]\n', /line 1: caps\.0\.limit: /],
  [
    'a rule without an effect',
    'rules: { default: deny, rules: [{ paths: any }] }\n',
    /line 1: rules\.rules\.0\.effect: /,
  ],
  ['an option with its dashes', 'proxy-url: https://a.example\n', /line 1: there is no such member/],
  ['itself', 'config: other.yaml\n', /line 1: there is no such member/],
  ['the hidden option', 'httpPlane: own\n', /line 1: there is no such member/],
  ['no name of a prototype', 'constructor: 1\n', /line 1: there is no such member/],
  ['a wrong address', '\nproxy: nowhere\n', /line 2: proxy is not as it should be: Write host:port/],
  ['a wrong number', 'proxy: 127.0.0.1:0\nworkers: two\n', /line 2: workers is not as it should be/],
  ['a number for a path', 'roots: 7\n', /line 1: roots is not a text/],
  ['nothing for a text', 'api:\n', /line 1: api is not a text/],
  ['a text for a switch', 'socksClear: "yes"\n', /line 1: socksClear is not true or false/],
  ['one host for a list', 'upstreamProxyExcept: .corp.example\n', /line 1: upstreamProxyExcept is not a list/],
  ['false for what cannot be none', 'proxy: false\n', /line 1: proxy is not a text/],
  ['a key', `passphraseFile: ${key.value}\n`, /line 1: passphraseFile looks like it holds a secret/],
  ['a login', 'upstreamProxyExcept: ["http://u:hunter2@p.example"]\n', /looks like it holds a secret/],
  [
    'a key in PEM',
    'proxyKey: |\n  -----BEGIN PRIVATE KEY-----\n  AAAA\n',
    /line 1: proxyKey looks like it holds a secret/,
  ],
  ['a listener’s member without it', 'proxyUrl: https://a.example\n', /there is none/],
  ['a member twice', 'workers: 1\nworkers: 2\n', /line 2: a member stands there twice/],
  ['an alias', 'roots: &a x\nsources: *a\n', /it has aliases/],
  ['no YAML', `api: [${key.value}\n`, /line \d: not YAML/],
  ['a list', '- api\n', /not a list of members/],
  ['a long text', `roots: ${'x'.repeat(4_097)}\n`, /line 1: roots is not a text/],
  ['too much', `# ${'x'.repeat(65_536)}\n`, /it is too large/],
]

for (const [what, text, says] of refusals) {
  test(`SEC-06: a configuration is refused without repeating it: ${what}`, async () => {
    const { stderr } = await refused(write(text))
    assert.equal(JSON.parse(stderr).code, 'settings_invalid')
    assert.match(JSON.parse(stderr).detail, says)
    assert.doesNotMatch(stderr, /hunter2/)
  })
}

test('SEC-06: a configuration that others may write, a link, a folder and a missing file are refused', async () => {
  const path = write('api: 127.0.0.1:0\n', 0o666)
  const link = join(home.path, 'link.yaml')
  symlinkSync(path, link)
  for (const [named, says] of [
    [path, /others may write it/],
    [link, /symbolic link/],
    [home.path, /not a regular file/],
    [join(home.path, key.value), /ENOENT/],
  ] as const) {
    const { stderr } = await refused(named)
    assert.match(JSON.parse(stderr).detail, says)
  }
})

test('SEC-06: a coatcheck.yaml where serve is started is not read', async () => {
  writeFileSync(join(home.path, 'coatcheck.yaml'), 'api: 127.0.0.1:0\n', { mode: 0o600 })
  assert.doesNotMatch(await serve('{}'), /apiUrl/)
})

async function refused(path: string) {
  const ended = await runHere(coatcheck, home.path, ['serve', '--json', '--config', path], { stdin: '' })
  assert.notEqual(ended.code, 0)
  assert.deepEqual(findCanary(ended.stdout + ended.stderr, key), [])
  assert.ok(!existsSync(join(home.path, 'run/broker.sock')))
  return ended
}
