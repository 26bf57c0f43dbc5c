import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import { issueCertificate } from '../certificates/certificate.ts'
import { DirectUpstream } from './direct-upstream.ts'
import type { Resolver } from './resolver.ts'
import { TestRoot } from './test-root.suite.ts'
import { host, loopback, never, refusedWith, ScriptedResolver, TestServer, tcp } from './test-services.suite.ts'
import { testUpstream } from './upstream.suite.ts'
import type { DialOptions } from './upstream.ts'

/** Runs `body` and returns how many outgoing sockets the process made in the meantime. */
async function countSockets(body: () => Promise<unknown>): Promise<number> {
  let count = 0
  const counter = () => {
    count += 1
  }
  subscribe('net.client.socket', counter)
  try {
    await body()
  } finally {
    unsubscribe('net.client.socket', counter)
  }
  return count
}

describe('what every upstream holds', () =>
  testUpstream(async (options) => {
    const resolver = loopback()
    const upstream = new DirectUpstream({ resolver, ...options })
    return { upstream, resolutions: () => resolver.asked, [Symbol.asyncDispose]: async () => {} }
  }, issueCertificate))

describe('TLS', () => {
  const root = new TestRoot(issueCertificate)

  test('the environment of the process cannot switch the verification off (SEC-05)', async () => {
    await using server = await TestServer.tls(root.issue(host))
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-test-'))
    try {
      writeFileSync(join(folder, 'root.pem'), root.certificate)
      const keyLog = join(folder, 'keys.log')
      const script = `
        const { DirectUpstream } = await import('./direct-upstream.ts')
        const upstream = new DirectUpstream({ resolver: { resolve: async () => ['127.0.0.1'] } })
        const destination = { scheme: 'https', host: '${host}', port: ${server.port} }
        const dial = (roots) => upstream
          .dial(destination, { transport: 'tls', allowPrivate: true, roots }, new AbortController().signal)
          .then((socket) => { socket.destroy(); return 'connected' }, (error) => error.code)
        console.log(await dial(), await dial(${JSON.stringify(root.certificate)}))`
      const args = ['--conditions=source', '--no-warnings', '--input-type=module', '--eval', script]
      const env = {
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_EXTRA_CA_CERTS: join(folder, 'root.pem'),
        SSLKEYLOGFILE: keyLog,
      }
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, env })
      assert.equal(stdout.trim(), 'upstream_tls_untrusted connected')
      assert.equal(existsSync(keyLog), false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('addresses', () => {
  const destination = { scheme: 'https', host, port: 443 } as const

  for (const answers of [
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::ffff:127.0.0.1'],
    ['1.1.1.1', '10.0.0.1'],
    ['0x7f.1'],
  ]) {
    test(`a name that resolves to ${answers.join(' and ')} is not dialled (R-122)`, async () => {
      const resolver = new ScriptedResolver(answers)
      const upstream = new DirectUpstream({ resolver })
      const sockets = await countSockets(() =>
        assert.rejects(upstream.dial(destination, { transport: 'tls' }, never), (error) => {
          // The reply to a sandbox tells no internal address; the cause tells it to the operator.
          assert.ok(error instanceof CoatcheckError && error.cause instanceof Error)
          assert.ok(!error.message.includes(answers.at(-1)!) && error.cause.message.includes(answers.at(-1)!))
          return refusedWith('destination_ip_prohibited')(error)
        }),
      )
      assert.deepEqual([sockets, resolver.asked], [0, 1])
    })
  }

  test('a scope that may be private still cannot reach a metadata service (R-122)', async () => {
    const upstream = new DirectUpstream({ resolver: new ScriptedResolver(['10.0.0.1', '169.254.169.254']) })
    await assert.rejects(upstream.dial(destination, tcp, never), refusedWith('destination_ip_prohibited'))
  })

  test('a name is resolved once per connection; an answer that changes later is checked again (R-122)', async () => {
    await using allowed = await TestServer.tcp('127.0.0.2')
    await using other = await TestServer.tcp('127.0.0.1', allowed.port)
    const resolver = new ScriptedResolver(['127.0.0.2'], ['169.254.169.254'])
    const upstream = new DirectUpstream({ resolver })
    const target = { ...destination, port: allowed.port }
    const socket = await upstream.dial(target, tcp, never)
    assert.deepEqual([resolver.asked, allowed.connections, other.connections], [1, 1, 0])
    socket.destroy()
    const sockets = await countSockets(() =>
      assert.rejects(upstream.dial(target, tcp, never), refusedWith('destination_ip_prohibited')),
    )
    assert.deepEqual([sockets, resolver.asked], [0, 2])
  })

  test('neither a pin nor a private answer leads to the broker’s own listeners (R-119)', async () => {
    await using server = await TestServer.tcp()
    const own = { address: '127.0.0.1', port: server.port }
    const upstream = new DirectUpstream({ resolver: loopback(), ownEndpoints: [own] })
    const pinned: DialOptions = { transport: 'tcp', pin: own }
    await assert.rejects(upstream.dial(destination, pinned, never), refusedWith('destination_ip_prohibited'))
    const target = { ...destination, port: server.port }
    await assert.rejects(upstream.dial(target, tcp, never), refusedWith('destination_ip_prohibited'))
    assert.equal(server.connections, 0)
  })

  test('the next address is tried when one cannot be reached', async () => {
    await using server = await TestServer.tcp()
    const upstream = new DirectUpstream({ resolver: new ScriptedResolver(['127.0.0.2', '127.0.0.1']) })
    const socket = await upstream.dial({ ...destination, port: server.port }, tcp, never)
    socket.destroy()
    assert.equal(server.connections, 1)
  })

  test('a name without addresses is unresolved', async () => {
    const upstream = new DirectUpstream({ resolver: new ScriptedResolver([]) })
    await assert.rejects(upstream.dial(destination, tcp, never), refusedWith('destination_unresolved'))
  })

  test('a port where nobody listens is unreachable', async () => {
    const port = await TestServer.tcp().then(async (server) => {
      await server[Symbol.asyncDispose]()
      return server.port
    })
    const upstream = new DirectUpstream({ resolver: loopback() })
    await assert.rejects(
      upstream.dial({ ...destination, port }, tcp, never),
      refusedWith('upstream_unreachable', 'ECONNREFUSED'),
    )
  })
})

describe('cancelling', () => {
  const destination = { scheme: 'https', host, port: 443 } as const
  const waiting: Resolver = {
    resolve: (_host, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  }

  test('a signal ends a resolution with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('gone')
    const dialled = new DirectUpstream({ resolver: waiting }).dial(destination, tcp, controller.signal)
    controller.abort(reason)
    await assert.rejects(dialled, reason)
  })

  test('a resolution that does not end is given up', async () => {
    const upstream = new DirectUpstream({ resolver: waiting, timeoutMs: 50 })
    await assert.rejects(upstream.dial(destination, tcp, never), refusedWith('upstream_timeout'))
  })
})
