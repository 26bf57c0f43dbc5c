import assert from 'node:assert/strict'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type ConnectProxy, startConnectProxy } from '../fixtures/connect-proxy.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { startServe } from './serving-broker.ts'

const host = 'api.service.test'
const open = 'files.service.test'
const login = 'corp:proxy-canary-0123456789'
const loginEncoded = Buffer.from(login).toString('base64')

const kind = callerKinds.find(({ skip }) => skip === false) ?? callerKinds[0]!

describe('a broker behind a proxy that wants Basic, for services with a private root', { skip: kind.skip }, () => {
  const key = makeCanary('sk_live_')
  let caller: Caller
  let service: VerifyingServer
  let proxy: ConnectProxy
  const path = (name: string) => join(caller.folder, name)
  const keep = (name: string, text: string) => {
    writeFileSync(path(name), text)
    chmodSync(path(name), 0o644)
  }

  before(async () => {
    caller = kind.make()
    const root = createTlsRoot()
    keep('roots.pem', root.certificate)
    service = await startOrigin({
      root,
      hosts: { [host]: [{ scheme: 'bearer', value: key.value }], [open]: 'public' },
      routes: [{ method: 'GET', path: /^\/hello$/, answer: ({ response }) => void response.end('hello') }],
    })
    proxy = await startConnectProxy(service.port, login)
  })
  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await service?.close()
    caller?.[Symbol.dispose]()
  })

  /** Options of `serve` that lead through the proxy, with this login. */
  function throughProxy(credentials: string): readonly string[] {
    writeFileSync(path('proxy'), `http://${credentials}@127.0.0.1:${proxy.port}\n`, { mode: 0o600 })
    chmodSync(path('proxy'), 0o640)
    return ['--upstream-proxy-file', path('proxy')]
  }

  const curl = (options: readonly string[], target: string, env = {}) =>
    caller.coatcheck.run(
      [
        'run',
        '--profile',
        'locked',
        ...options,
        '--',
        'sh',
        '-c',
        `curl -sS -H "authorization: Bearer $KEY" ${target}`,
      ],
      { cwd: caller.folder, env },
    )

  test('AC-19.3: a secret goes out through the proxy, over TLS that the operator’s roots verify', async () => {
    await using broker = await startServe(caller, { args: [...throughProxy(login), '--roots', path('roots.pem')] })
    const scope = ['--to', host, '--inject', 'bearer']
    const created = await caller.coatcheck.run(['secret', 'create', 'key', ...scope], { stdin: key.value })
    assert.equal(created.code, 0, created.stderr)
    const { code, stdout, stderr } = await curl(['--secret', 'KEY=key'], `https://${host}/hello`)
    assert.deepEqual([code, stdout], [0, 'hello'], stderr)
    assert.deepEqual(proxy.opened, [`${host}:443`])
    const said = broker.said() + stderr
    for (const secret of [login, loginEncoded]) assert.ok(!said.includes(secret))
    assert.deepEqual(findCanary(said, key), [])
  })

  test('AC-1.2: a client in an opaque tunnel verifies the service by the operator’s roots', async () => {
    await using _broker = await startServe(caller, { args: [...throughProxy(login), '--roots', path('roots.pem')] })
    const { stdout, stderr } = await curl(['--allow', open], `https://${open}/hello`)
    assert.equal(stdout, 'hello', stderr)
    assert.equal(proxy.opened.at(-1), `${open}:443`)
  })

  test('AC-1.2: or by the roots that the caller’s own SSL_CERT_FILE names, and by no others', async () => {
    await using _broker = await startServe(caller, { args: throughProxy(login) })
    const own = await curl(['--allow', open], `https://${open}/hello`, { SSL_CERT_FILE: path('roots.pem') })
    assert.equal(own.stdout, 'hello', own.stderr)
    const none = await curl(['--allow', open], `https://${open}/hello`)
    assert.deepEqual([none.code, none.stdout], [60, ''])
  })

  test('a false login is told as 407 of the upstream proxy, and never repeated', async () => {
    const refusedBefore = proxy.refused
    const args = [...throughProxy('corp:wrong-canary-0123456789'), '--roots', path('roots.pem')]
    await using broker = await startServe(caller, { args })
    const { stdout, stderr } = await curl(['--secret', 'KEY=key'], `https://${host}/hello`)
    const { code, status, detail } = JSON.parse(stdout)
    assert.deepEqual([code, status], ['upstream_proxy_refused', 502])
    assert.match(detail, /status: 407/)
    assert.equal(proxy.refused, refusedBefore + 1)
    assert.doesNotMatch(broker.said() + stdout + stderr, /wrong-canary|d3Jvbmct/)
  })
})

describe('settings of the way to services that are wrong', { skip: kind.skip }, () => {
  const cases: readonly (readonly [what: string, args: readonly string[], said: RegExp])[] = [
    ['a password on the command line', ['--upstream-proxy', 'http://me:hunter2@proxy:1'], /--upstream-proxy-file/],
    ['a proxy of another kind', ['--upstream-proxy', 'socks5://proxy:1080'], /its scheme is not http/],
    ['a proxy file that is not there', ['--upstream-proxy-file', 'absent'], /ENOENT/],
    ['a proxy file that others may read', ['--upstream-proxy-file', 'readable'], /others may read it/],
    ['an exception that is a network', ['--upstream-proxy-except', '10.0.0.0/8'], /neither a host nor a suffix/],
    ['a cap of nothing', ['--max-request-bytes', '0'], /Write bytes as a number/],
    ['a cap that is no size', ['--max-response-bytes', 'plenty'], /Write bytes as a number/],
    ['roots that are not there', ['--roots', 'absent'], /ENOENT/],
    ['roots without a certificate', ['--roots', 'readable'], /no certificate/],
    ['roots with a private key', ['--roots', 'key.pem'], /a private key/],
  ]
  for (const [what, args, said] of cases) {
    test(`${what}: one sentence, a usage failure, and nothing on disk`, async () => {
      using caller = kind.make()
      writeFileSync(join(caller.folder, 'readable'), 'http://me:hunter2@proxy:1\n')
      chmodSync(join(caller.folder, 'readable'), 0o644)
      const key = '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n'
      writeFileSync(join(caller.folder, 'key.pem'), `${createTlsRoot().certificate}${key}`)
      chmodSync(join(caller.folder, 'key.pem'), 0o644)
      const { code, stdout, stderr } = await caller.coatcheck.run(['serve', ...args], { cwd: caller.folder })
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, /^coatcheck: [^\n]+\n$/)
      assert.match(stderr, said)
      assert.doesNotMatch(stderr, /hunter2/)
      assert.deepEqual(readdirSync(caller.home), [])
    })
  }
})
