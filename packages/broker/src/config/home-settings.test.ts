import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { type Home, homePaths, resolveHome } from './home.ts'
import { filesOf, readHomeSettings } from './read-home-settings.ts'
import { withHomeSettings } from './with-home-settings.ts'
import { writeHomeSettings } from './write-home-settings.ts'

const misplaced = 'sk_live_TyPeDiNtHeWrOnGpLaCe0123456789'

let root = ''
let home: Home
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'coatcheck-settings-')))
  home = resolveHome(join(root, 'home'), {})
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const file = (): string => homePaths(home).settings

function put(text: string | Buffer, mode = 0o600): void {
  mkdirSync(home.keys, { recursive: true, mode: 0o700 })
  writeFileSync(file(), text)
  chmodSync(file(), mode)
}

const refused = (reason: RegExp) => (error: unknown) =>
  error instanceof CoatcheckError &&
  error.code === 'settings_invalid' &&
  error.facts['path'] === file() &&
  reason.test(String(error.facts['reason'])) &&
  !error.message.includes(misplaced)

test('a home without the file has no settings, and reading makes nothing', () => {
  assert.deepEqual(readHomeSettings(home), {})
  assert.deepEqual(readdirSync(root), [])
})

test('a home that is a file is left to be refused as a home', () => {
  writeFileSync(join(root, 'home'), '')
  assert.deepEqual(readHomeSettings(home), {})
  assert.throws(() => writeHomeSettings(home, {}), { code: 'home_unusable' })
})

test('what is written is read again; the file is for its owner alone, and lies beside the key', () => {
  const proxy = join(root, 'proxy')
  writeFileSync(proxy, 'http://me:hunter2@proxy.test:3128\n', { mode: 0o600 })
  const settings = { upstreamProxyFile: proxy, upstreamProxyExcept: ['.corp.test'] }
  assert.deepEqual(writeHomeSettings(home, settings), settings)
  assert.deepEqual(readHomeSettings(home), settings)
  assert.deepEqual(filesOf(settings), [proxy])
  assert.equal(statSync(file()).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(home.keys), ['settings.json'])
  assert.doesNotMatch(readFileSync(file(), 'utf8'), /hunter2/)
})

test('settings without any take the file away', () => {
  writeHomeSettings(home, { upstreamProxy: 'http://proxy.test:3128' })
  writeHomeSettings(home, {})
  assert.ok(!existsSync(file()))
})

test('the file that a link leads to is what is kept', () => {
  writeFileSync(join(root, 'proxy'), 'http://proxy.test:3128', { mode: 0o600 })
  symlinkSync(join(root, 'proxy'), join(root, 'link'))
  assert.deepEqual(writeHomeSettings(home, { upstreamProxyFile: join(root, 'link') }), {
    upstreamProxyFile: join(root, 'proxy'),
  })
})

const unfit = { code: 'settings_invalid' }
for (const [what, settings] of [
  ['a proxy that is no URL', { upstreamProxy: 'proxy' }],
  ['a proxy that is none', { upstreamProxy: false }],
  ['a login in a URL', { upstreamProxy: `http://me:${misplaced}@proxy.test:1` }],
  ['a relative path', { rootsFile: 'roots.pem' }],
  ['a file that is not there', { rootsFile: '/nonexistent/roots.pem' }],
  ['an exception that is a network', { upstreamProxyExcept: ['10.0.0.0/8'] }],
  ['a cap of nothing', { maxRequestBytes: 0 }],
  ['a cap that is no number', { maxResponseBytes: Number.NaN }],
  ['two proxies', { upstreamProxy: 'http://a.test:1', upstreamProxyFile: '/etc/hostname' }],
] as const) {
  test(`${what} is refused before anything is written`, () => {
    assert.throws(() => writeHomeSettings(home, settings), unfit)
    assert.deepEqual(readdirSync(root), [])
  })
}

test('a home in a git work tree gets no settings', () => {
  execFileSync('git', ['init', '--quiet', root])
  assert.throws(() => writeHomeSettings(home, {}), { code: 'key_unusable' })
  assert.ok(!existsSync(home.keys))
})

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666]) {
  test(`SEC-02: settings of mode ${mode.toString(8)} are refused`, () => {
    put('{}', mode)
    assert.throws(() => readHomeSettings(home), refused(/open to group or others/))
  })
}

test('SEC-02: settings that are a link are refused, dangling or not', () => {
  mkdirSync(home.keys, { recursive: true, mode: 0o700 })
  symlinkSync(join(root, 'elsewhere'), file())
  assert.throws(() => readHomeSettings(home), refused(/symbolic link/))
  writeFileSync(join(root, 'elsewhere'), '{}', { mode: 0o600 })
  assert.throws(() => readHomeSettings(home), refused(/symbolic link/))
})

test('what is no regular file is refused at once', () => {
  mkdirSync(file(), { recursive: true, mode: 0o700 })
  assert.throws(() => readHomeSettings(home), refused(/not a file/))
  rmSync(file(), { recursive: true })
  execFileSync('mkfifo', ['-m', '600', file()])
  assert.throws(() => readHomeSettings(home), refused(/not a file/))
})

for (const [what, text, reason] of [
  ['nothing', '', /not JSON/],
  ['no JSON', misplaced, /not JSON/],
  ['other bytes than UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not JSON/],
  ['a list', '[]', /not a JSON object/],
  ['null', 'null', /not a JSON object/],
  ['an unknown name', '{"rootFile":"/x"}', /something else than upstreamProxy, /],
  ['a value for a name', `{"${misplaced}":1}`, /something else than/],
  ['a name of every object', '{"__proto__":{}}', /something else than/],
  ['another one', '{"constructor":{}}', /something else than/],
  ['a number for a path', '{"rootsFile":1}', /rootsFile is not an absolute path/],
  ['null for a path', '{"rootsFile":null}', /rootsFile is not an absolute path/],
  ['a relative path', '{"upstreamProxyFile":"proxy"}', /upstreamProxyFile is not an absolute path/],
  ['a login in a URL', `{"upstreamProxy":"http://me:${misplaced}@x:1"}`, /without user and password/],
  ['a text for a list', '{"upstreamProxyExcept":".corp.test"}', /not a list of hosts/],
  ['an empty exception', '{"upstreamProxyExcept":[""]}', /not a list of hosts/],
  ['a text for a cap', '{"maxRequestBytes":"64M"}', /maxRequestBytes is not a number of bytes/],
  ['a cap below nothing', '{"maxResponseBytes":-1}', /maxResponseBytes is not a number of bytes/],
  ['half a byte', '{"maxResponseBytes":1.5}', /maxResponseBytes is not a number of bytes/],
  ['two proxies', '{"upstreamProxy":"http://a.test","upstreamProxyFile":"/x"}', /two ways/],
  ['too much', `{"rootsFile":"/${'x'.repeat(70_000)}"}`, /too large/],
] as const) {
  test(`settings that hold ${what} are refused, and nothing of them is repeated`, () => {
    put(text)
    assert.throws(() => readHomeSettings(home), refused(reason))
  })
}

test('what a broker was started with stands over its home, and a proxy is one thing, also where it is none', () => {
  const own = { upstreamProxy: 'http://own.test:1', upstreamProxyExcept: ['.own.test'], rootsFile: '/own' }
  assert.deepEqual(withHomeSettings({}, own), own)
  assert.deepEqual(withHomeSettings({ rootsFile: '/given' }, own), { ...own, rootsFile: '/given' })
  assert.deepEqual(withHomeSettings({ upstreamProxyFile: '/given' }, own), {
    upstreamProxyFile: '/given',
    upstreamProxyExcept: ['.own.test'],
    rootsFile: '/own',
  })
  const { upstreamProxy, ...rest } = own
  assert.deepEqual(withHomeSettings({ upstreamProxy: false }, { ...rest, upstreamProxyFile: '/own' }), {
    ...rest,
    upstreamProxy: false,
  })
})
