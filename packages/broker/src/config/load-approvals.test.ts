import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { Upstream } from '../upstream/upstream.ts'
import { type Home, homePaths, resolveHome } from './home.ts'
import { loadApprovals } from './load-approvals.ts'

const upstream: Upstream = { dial: () => assert.fail('reading dials nobody') }
const key = 'hunter2-hunter2-hunter2-hunter2-hunter2'

let folder = ''
let home: Home
let file = ''
let keyFile = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-approvals-'))
  home = resolveHome(folder, {})
  file = homePaths(home).approvals
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  keyFile = join(folder, 'ops.key')
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
})
after(() => rmSync(folder, { recursive: true }))

const webhook = (further: object = {}) => ({ name: 'ops', url: 'https://hooks.example.com/x', keyFile, ...further })

function written(content: unknown, mode = 0o600): void {
  rmSync(file, { force: true, recursive: true })
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
  chmodSync(file, mode)
}

async function refused(reason: RegExp): Promise<void> {
  await assert.rejects(loadApprovals(home, upstream), (error) => {
    assert.ok(error instanceof CoatcheckError, String(error))
    assert.equal(error.code, 'settings_invalid')
    assert.match(String(error.facts['reason']), reason)
    assert.doesNotMatch(JSON.stringify([error.message, error.facts]), /hunter2/)
    return true
  })
}

test('N5: a home that says nothing of approvals has the usual settings and no webhook', async () => {
  rmSync(file, { force: true })
  assert.deepEqual(await loadApprovals(home, upstream), {
    settings: { holdSeconds: 5, expirySeconds: 900 },
    webhooks: [],
    summary: '',
  })
})

test('N5: what a file says is read, and the rest is as usual', async () => {
  written({ holdSeconds: 0, webhooks: [webhook({ callbackUrl: 'https://broker.example:7443', form: 'slack' })] })
  const { settings, summary, webhooks } = await loadApprovals(home, upstream)
  assert.deepEqual(settings, { holdSeconds: 0, expirySeconds: 900 })
  const [{ callbackUrl, form, key: read, name, url }] = webhooks as [(typeof webhooks)[0]]
  assert.deepEqual([name, form, url.href, callbackUrl], ['ops', 'slack', webhook().url, 'https://broker.example:7443'])
  assert.equal(read.export().toString(), key)
  assert.match(summary, /^approvals sha256:[0-9a-f]{64}$/)
})

test('N5: a service on this machine may be reached in clear text', async () => {
  for (const url of ['http://127.0.0.1:9/x', 'http://localhost/x', 'http://[::1]:9/']) {
    written({ webhooks: [webhook({ url })] })
    assert.equal((await loadApprovals(home, upstream)).webhooks[0]?.url.href, url)
  }
})

for (const [fault, content, reason] of [
  ['is no JSON', '{"holdSeconds": 5', /^it is not JSON$/],
  ['is no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /^it is not UTF-8$/],
  ['is empty', '', /^it is not JSON$/],
  ['is a list', [], /^it is wrong in its fields$/],
  ['is too long', `{}${' '.repeat(65_536)}`, /^it is too large$/],
  ['has a field that there is not', { holdSecond: 5 }, /^it is wrong in its fields$/],
  ['holds for too long', { holdSeconds: 301 }, /^it is wrong in holdSeconds$/],
  ['holds for part of a second', { holdSeconds: 0.5 }, /^it is wrong in holdSeconds$/],
  ['has an expiry that nobody can meet', { expirySeconds: 9 }, /^it is wrong in expirySeconds$/],
  ['has a number as text', { expirySeconds: '900' }, /^it is wrong in expirySeconds$/],
  ['has a key in the place of its file', () => ({ webhooks: [webhook({ keyFile: key })] }), /in webhooks\.0\.keyFile$/],
  ['has a key beside its file', () => ({ webhooks: [webhook({ key })] }), /^it is wrong in webhooks\.0$/],
  ['has a webhook without a key', { webhooks: [{ name: 'ops', url: 'https://a.example' }] }, /webhooks\.0\.keyFile/],
  ['has a form that there is not', () => ({ webhooks: [webhook({ form: 'teams' })] }), /webhooks\.0\.form$/],
  ['has a URL that is none', () => ({ webhooks: [webhook({ url: `//${key}` })] }), /webhooks\.0\.url$/],
  ['has a URL of a file', () => ({ webhooks: [webhook({ url: 'file:///etc/x' })] }), /webhooks\.0\.url$/],
  ['has two webhooks of one name', () => ({ webhooks: [webhook(), webhook()] }), /^two webhooks have one name$/],
  ['takes the name of the operators', () => ({ webhooks: [webhook({ name: 'operator' })] }), /webhooks\.0\.name$/],
  ['sends in clear text', () => ({ webhooks: [webhook({ url: 'http://h.example' })] }), /^ops: url is not https$/],
  [
    'sends in clear text to what looks like this machine',
    () => ({ webhooks: [webhook({ url: 'http://localhost.h.example' })] }),
    /^ops: url is not https$/,
  ],
  [
    'has a password in a URL',
    () => ({ webhooks: [webhook({ url: `https://u:${key}@h.example` })] }),
    /^ops: url has a user or a password$/,
  ],
  ['has roots that are none', () => ({ webhooks: [webhook({ rootsFile: keyFile })] }), /./],
  ['has more webhooks than there may be', () => ({ webhooks: Array(17).fill(webhook()) }), /^it is wrong in webhooks$/],
] as const) {
  test(`N5: a file is refused that ${fault}, in words that hold nothing of it`, async () => {
    written(typeof content === 'function' ? content() : content)
    await refused(reason)
  })
}

for (const mode of [0o640, 0o604, 0o622]) {
  test(`N5: a file of mode ${mode.toString(8)} is refused: who writes it decides who approves`, async () => {
    written({}, mode)
    await refused(/^it is open to group or others$/)
  })
}

test('N5: a link and a folder in the place of the file are refused', async () => {
  rmSync(file, { force: true })
  symlinkSync(keyFile, file)
  await refused(/^it is a symbolic link$/)
  rmSync(file)
  mkdirSync(file, { mode: 0o700 })
  await refused(/^it is not a file$/)
})

test('N5: the file of a key is refused that is absent, short, or open to others', async () => {
  const at = (path: string) => written({ webhooks: [webhook({ keyFile: path })] })
  at(join(folder, 'absent.key'))
  await refused(/^ENOENT$/)
  const short = join(folder, 'short.key')
  writeFileSync(short, 'hunter2-hunter2', { mode: 0o600 })
  at(short)
  await refused(/^ops: its key is shorter than 32 bytes$/)
  const open = join(folder, 'open.key')
  writeFileSync(open, key)
  chmodSync(open, 0o604)
  at(open)
  await refused(/others may read it/)
})
