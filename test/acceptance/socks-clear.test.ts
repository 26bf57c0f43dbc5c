import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { startServe } from './serving-broker.ts'

const host = 'api.service.test'
const kind = callerKinds.find(({ skip }) => skip === false) ?? callerKinds[0]!

describe('serve with a door off loopback, for clients that speak SOCKS5 in clear text', { skip: kind.skip }, () => {
  const key = makeCanary('sk_live_')
  let caller: Caller
  let service: VerifyingServer
  const path = (name: string) => join(caller.home, name)
  const keep = (name: string, text: string, mode: number) => {
    writeFileSync(path(name), text)
    chmodSync(path(name), mode)
  }

  before(async () => {
    caller = kind.make()
    const root = createTlsRoot()
    const { certificate, key: doorKey } = root.leaf('localhost')
    keep('roots.pem', root.certificate, 0o644)
    keep('door.pem', certificate, 0o644)
    keep('door.key', doorKey, 0o640)
    service = await startOrigin({ root, hosts: { [host]: [{ scheme: 'bearer', value: key.value }] } })
    const scope = [
      '--to',
      host,
      '--inject',
      'bearer',
      '--pin',
      `127.0.0.1:${service.port}`,
      '--roots',
      path('roots.pem'),
    ]
    const { code, stderr } = await caller.coatcheck.run(['secret', 'create', 'key', ...scope], { stdin: key.value })
    assert.equal(code, 0, stderr)
  })
  after(async () => {
    await service?.close()
    caller?.[Symbol.dispose]()
  })

  async function serveWith(...options: string[]) {
    const port = await freePort()
    const door = ['--proxy', `0.0.0.0:${port}`, '--proxy-url', `https://localhost:${port}`]
    const pair = ['--proxy-cert', path('door.pem'), '--proxy-key', path('door.key')]
    return { port, broker: await startServe(caller, { args: [...door, ...pair, ...options] }) }
  }

  const register = (...options: string[]) =>
    caller.coatcheck.json<CreatedSandbox>(['sandbox', 'create', '--secret', 'KEY=key', ...options])

  /** What curl gets from the service through SOCKS5 in clear text. */
  async function ask({ id, token, connect }: CreatedSandbox, port: number) {
    writeFileSync(path('ca.pem'), connect.ca)
    const proxy = `socks5h://${id}:${token}@127.0.0.1:${port}`
    const header = `authorization: Bearer ${connect.env['KEY']}`
    const command = ['/usr/bin/env', 'curl', '-sS', '--cacert', path('ca.pem'), '-H', header, `https://${host}/json`]
    return runToEnd(command, { env: { ALL_PROXY: proxy, PATH: process.env['PATH'] ?? '' } })
  }

  test('SEC-08: --socks-clear lets in a sandbox that said from where it calls, and tells it the URL', async () => {
    const { broker, port } = await serveWith('--socks-clear')
    await using _broker = broker
    const placed = await register('--from', '127.0.0.1')
    assert.equal(placed.connect.socksUrl, `socks5h://${placed.id}:${placed.token}@localhost:${port}`)
    const { code, stdout, stderr } = await ask(placed, port)
    assert.deepEqual([code, stdout], [0, '{"ok":true}'], stderr)
  })

  test('SEC-08: with it, nobody else gets in, and neither does a sandbox that calls from another place', async () => {
    const { broker, port } = await serveWith('--socks-clear')
    await using _broker = broker
    const before = service.dials
    const anywhere = await register()
    assert.equal(anywhere.connect.socksUrl, undefined)
    for (const sandbox of [anywhere, await register('--from', '192.0.2.1')]) {
      const { code, stdout } = await ask(sandbox, port)
      assert.notEqual(code, 0)
      assert.equal(stdout, '')
    }
    assert.equal(service.dials, before)
  })

  test('SEC-08: without it, no sandbox is heard in clear text', async () => {
    const { broker, port } = await serveWith()
    await using _broker = broker
    const before = service.dials
    const placed = await register('--from', '127.0.0.1')
    assert.equal(placed.connect.socksUrl, undefined)
    const { code, stdout } = await ask(placed, port)
    assert.notEqual(code, 0)
    assert.deepEqual([stdout, service.dials], ['', before])
  })

  test('it says something about a door, so there has to be one', async () => {
    const { code, stdout, stderr } = await caller.coatcheck.run(['serve', '--socks-clear'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^coatcheck: [^\n]*there is none\. Add --proxy HOST:PORT\.\n$/)
  })
})
