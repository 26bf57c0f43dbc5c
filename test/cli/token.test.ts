import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { BrokerStatus, CreatedToken, SecretView, TokenView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'

let home: TemporaryHome
let elsewhere: TemporaryHome
let owner: CoatcheckCommand
/** The command of somebody who has a token and no home with anything in it. */
let client: CoatcheckCommand
let url = ''
let stop: () => Promise<unknown>

before(async () => {
  home = makeTemporaryHome()
  elsewhere = makeTemporaryHome()
  owner = makeCoatcheckCommand(home.path)
  client = makeCoatcheckCommand(elsewhere.path)
  const [program = '', ...args] = [...owner.argv, 'serve', '--api', '127.0.0.1:0', '--json']
  const serve = spawn(program, args, { env: owner.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(serve, 'exit')
  const [line] = (await once(serve.stdout, 'data')) as [Buffer]
  url = (JSON.parse(line.toString()) as { apiUrl: string }).apiUrl
  stop = () => {
    serve.kill('SIGTERM')
    return exit
  }
})
after(async () => {
  await stop()
  home[Symbol.dispose]()
  elsewhere[Symbol.dispose]()
})

async function issue(role: string): Promise<CreatedToken & { readonly file: string }> {
  const file = join(elsewhere.path, `${role}-${Math.random().toString(36).slice(2)}.token`)
  const created = await owner.json<CreatedToken>(['token', 'create', role, '--role', role])
  writeFileSync(file, `${created.token}\n`, { mode: 0o600 })
  return { ...created, file }
}

test('a token is created, listed and revoked; its text is shown once', async () => {
  const { id, token } = await issue('auditor')
  const listed = await owner.json<readonly TokenView[]>(['token', 'list'])
  assert.ok(listed.some((each) => each.id === id))
  assert.ok(!JSON.stringify(listed).includes(token.slice(25)))
  assert.match((await owner.run(['token', 'list'])).stdout, /ID +NAME +ROLE/)
  assert.match((await owner.run(['token', 'revoke', id])).stdout, /is revoked/)
  const again = await owner.run(['token', 'revoke', id])
  assert.deepEqual([again.code, again.stdout], [3, ''])
  assert.match(again.stderr, /No such token/)
})

test('a token that is written into a file is not shown, and a file that is there is not touched', async () => {
  const file = join(elsewhere.path, 'new.token')
  const made = await owner.run(['token', 'create', 'ci', '--role', 'operator', '--ttl', '90d', '--out', file])
  assert.equal(made.code, 0, made.stderr)
  assert.match(readFileSync(file, 'utf8'), /^cct_\S+\n$/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.ok(!made.stdout.includes('cct_'))
  const before = (await owner.json<readonly TokenView[]>(['token', 'list'])).length
  const text = readFileSync(file, 'utf8')
  const again = await owner.run(['token', 'create', 'ci', '--role', 'operator', '--out', file])
  assert.equal(again.code, 2)
  assert.equal(readFileSync(file, 'utf8'), text)
  assert.equal((await owner.json<readonly TokenView[]>(['token', 'list'])).length, before, 'no token stays behind')
})

for (const args of [
  ['token', 'create', 'x'],
  ['token', 'create', 'x', '--role', 'root'],
  ['token', 'create', 'x', '--role', 'auditor', '--ttl', 'soon'],
  ['token', 'create', 'x', '--role', 'auditor', '--ttl', '366d'],
  ['token', 'create', 'a\nb', '--role', 'auditor'],
  ['token', 'create', '', '--role', 'auditor'],
  ['token', 'revoke'],
]) {
  test(`wrong usage is one sentence: ${JSON.stringify(args.slice(1))}`, async () => {
    const { code, stderr } = await owner.run(args)
    assert.equal(code, 2, stderr)
    assert.match(stderr, /^coatcheck: [^\n]+\n$/)
  })
}

test('with a token, commands work with the broker at a URL, by option or by variable', async () => {
  const { file } = await issue('operator')
  const value = 'sk_live_0123456789abcdefABCDEF'
  const there = ['--broker', url, '--token-file', file]
  const created = await client.run([...there, 'secret', 'create', 'far', '--provider', 'stripe', '--value-stdin'], {
    stdin: value,
  })
  assert.equal(created.code, 0, created.stderr)
  const env = { COATCHECK_BROKER: url, COATCHECK_TOKEN_FILE: file }
  const shown = await client.json<SecretView>(['secret', 'show', 'far'], { env })
  assert.equal(shown.name, 'far')
  const fromPipe = await client.run(['--broker', url, '--token-file', '-', 'secret', 'show', 'far'], {
    stdin: readFileSync(file, 'utf8'),
  })
  assert.equal(fromPipe.code, 0, fromPipe.stderr)
  assert.equal((await client.run([...there, 'secret', 'delete', 'far'])).code, 0)
})

test('the status shows the doors, and nothing of the home when the broker is elsewhere', async () => {
  const { file } = await issue('auditor')
  const status = await client.json<BrokerStatus & { home?: unknown }>(['status', '--broker', url, '--token-file', file])
  assert.deepEqual([status.doors, status.home], [[{ name: 'api', url }], undefined])
  assert.match((await owner.run(['status'])).stdout, new RegExp(`^api +${url}$`, 'm'))
})

for (const [what, code, reason, args] of [
  ['no token', 2, /wants a token/, []],
  ['a file that is not there', 2, /cannot be read \(ENOENT\)/, ['--token-file', 'none.token']],
  ['a token that is none', 4, /token is missing, unknown/, ['--token-file', 'BAD']],
] as const) {
  test(`a broker at a URL with ${what}: one sentence`, async () => {
    const bad = join(elsewhere.path, 'bad.token')
    writeFileSync(bad, 'cct_bad\n')
    const rest = args.map((each) => (each === 'BAD' ? bad : each))
    const result = await client.run(['--broker', url, ...rest, 'status'])
    assert.equal(result.code, code, result.stderr)
    assert.match(result.stderr, reason)
    assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
  })
}

test('a role that does not suffice, and a token in clear text off loopback, are refused', async () => {
  const { file } = await issue('auditor')
  const locked = await client.run(['--broker', url, '--token-file', file, 'vault', 'lock'])
  assert.equal(locked.code, 4)
  assert.match(locked.stderr, /role/)
  const clear = await client.run(['--broker', 'http://broker.example', '--token-file', file, 'status'])
  assert.equal(clear.code, 2)
  assert.match(clear.stderr, /TLS/)
})

test('commands that join processes of the broker’s machine are not sent elsewhere', async () => {
  const { file } = await issue('owner')
  const { code, stderr } = await client.run(['--broker', url, '--token-file', file, 'run', '--', 'true'])
  assert.equal(code, 2)
  assert.match(stderr, /broker of this machine/)
})

test('R-94: serve does not listen off loopback without a certificate, and says so in one sentence', async () => {
  const { code, stderr, stdout } = await client.run(['serve', '--api', '0.0.0.0:0'])
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /^coatcheck: [^\n]*TLS[^\n]*\n$/)
})

test('a port that is taken is one sentence', async () => {
  const { code, stderr } = await client.run(['serve', '--api', new URL(url).host])
  assert.equal(code, 1)
  assert.match(stderr, /^coatcheck: [^\n]*another program listens there[^\n]*\n$/)
})
