import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { issueCertificate } from '../certificates/certificate.ts'
import { DirectUpstream } from './direct-upstream.ts'
import type { Resolver } from './resolver.ts'
import type { DialOptions } from './upstream.ts'

const host = 'api.example.com'
const day = 24 * 60 * 60 * 1000
const never = new AbortController().signal

interface Identity {
  readonly key: string
  readonly cert: string
}

function newKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), privateKey, key }
}

class TestRoot {
  readonly #keys = { ...newKeys(), subject: 'test root' }
  readonly certificate = issueCertificate({ ...this.#keys, ...validFor(day), kind: { authority: true } }, this.#keys)

  issue(serverName: string, validity = validFor(day)): Identity {
    const { publicKey, key } = newKeys()
    const cert = issueCertificate({ subject: serverName, publicKey, ...validity, kind: { serverName } }, this.#keys)
    return { key, cert }
  }
}

function validFor(ms: number) {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + ms) }
}

function selfSigned(serverName: string): Identity {
  const keys = { ...newKeys(), subject: serverName }
  return { key: keys.key, cert: issueCertificate({ ...keys, ...validFor(day), kind: { serverName } }, keys) }
}

/** A listening server that counts what it is sent, and leaves nothing behind. */
class TestServer implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0
  applicationBytes = 0
  port = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    })
  }

  static async tls(identity: Identity, address = '127.0.0.1'): Promise<TestServer> {
    const server = createTlsServer({ ...identity, ALPNProtocols: ['h2', 'http/1.1'] })
    const self = new TestServer(server)
    server.on('tlsClientError', () => {})
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        self.applicationBytes += chunk.length
        socket.write(`${socket.servername} ${socket.alpnProtocol}`)
      })
    })
    return self.#listen(address)
  }

  static tcp(address = '127.0.0.1', port = 0, greeting?: string): Promise<TestServer> {
    const server = createTcpServer((socket) => {
      socket.resume()
      if (greeting !== undefined) socket.end(greeting)
    })
    return new TestServer(server).#listen(address, port)
  }

  async #listen(address: string, port = 0): Promise<TestServer> {
    this.#server.listen(port, address)
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => socket.closed || once(socket, 'close')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Answers with one list after the other; the last one stays. */
class ScriptedResolver implements Resolver {
  readonly #answers: (readonly string[])[]
  asked = 0

  constructor(...answers: (readonly string[])[]) {
    this.#answers = answers
  }

  async resolve(): Promise<readonly string[]> {
    const answer = this.#answers[Math.min(this.asked, this.#answers.length - 1)] ?? []
    this.asked += 1
    return answer
  }
}

const loopback = () => new ScriptedResolver(['127.0.0.1'])
const tcp: DialOptions = { transport: 'tcp', allowPrivate: true }

function refusedWith(code: ProblemCode, reason?: string) {
  return (error: unknown) => {
    assert.ok(error instanceof CoatcheckError, String(error))
    assert.deepEqual([error.code, error.facts['host']], [code, host])
    if (reason !== undefined) assert.equal(error.facts['reason'], reason)
    return true
  }
}

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

describe('TLS', () => {
  const root = new TestRoot()
  const options: DialOptions = { transport: 'tls', allowPrivate: true, roots: root.certificate }
  const upstream = new DirectUpstream({ resolver: loopback() })

  test('a service is reached under its own name, over HTTP/1.1, when its root is trusted', async () => {
    await using server = await TestServer.tls(root.issue(host))
    const socket = await upstream.dial({ scheme: 'https', host, port: server.port }, options, never)
    socket.write('hello')
    const [answer] = await once(socket, 'data')
    assert.equal(String(answer), `${host} http/1.1`)
    socket.destroy()
  })

  const untrusted: readonly [name: string, identity: Identity, roots: string | undefined, reason: string][] = [
    ['a certificate for another name', root.issue('www.example.com'), root.certificate, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'a certificate for a longer name',
      root.issue(`${host}.evil.com`),
      root.certificate,
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['an expired certificate', root.issue(host, validFor(-1_000)), root.certificate, 'CERT_HAS_EXPIRED'],
    ['a root that nobody trusts', root.issue(host), undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['another root than the scope’s', new TestRoot().issue(host), root.certificate, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['a self-signed certificate', selfSigned(host), undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ]

  for (const [name, identity, roots, reason] of untrusted) {
    test(`${name} is refused before any byte is sent`, async () => {
      await using server = await TestServer.tls(identity)
      const dialled = upstream.dial(
        { scheme: 'https', host, port: server.port },
        { transport: 'tls', allowPrivate: true, ...(roots === undefined ? {} : { roots }) },
        never,
      )
      await assert.rejects(dialled, refusedWith('upstream_tls_untrusted', reason))
      await server.idle()
      assert.deepEqual([server.connections, server.applicationBytes], [1, 0])
    })
  }

  test('a service that speaks no TLS is unreachable', async () => {
    await using server = await TestServer.tcp('127.0.0.1', 0, 'SSH-2.0-x\r\n')
    await assert.rejects(
      upstream.dial({ scheme: 'https', host, port: server.port }, options, never),
      refusedWith('upstream_unreachable'),
    )
    await server.idle()
  })

  test('a handshake that does not end is given up', async () => {
    await using server = await TestServer.tcp()
    const impatient = new DirectUpstream({ resolver: loopback(), timeoutMs: 100 })
    await assert.rejects(
      impatient.dial({ scheme: 'https', host, port: server.port }, options, never),
      refusedWith('upstream_timeout'),
    )
    await server.idle()
  })

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

  test('a pin is dialled instead of any answer, also on its own port', async () => {
    await using server = await TestServer.tcp()
    const resolver = new ScriptedResolver(['127.0.0.9'])
    const upstream = new DirectUpstream({ resolver })
    const pin = { address: '127.0.0.1', port: server.port }
    const socket = await upstream.dial(destination, { transport: 'tcp', pin }, never)
    assert.deepEqual([server.connections, resolver.asked], [1, 0])
    socket.destroy()
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

  test('an aborted signal dials nothing', async () => {
    const resolver = loopback()
    const reason = new Error('gone')
    const upstream = new DirectUpstream({ resolver })
    await assert.rejects(upstream.dial(destination, tcp, AbortSignal.abort(reason)), reason)
    assert.equal(resolver.asked, 0)
  })

  test('a signal ends a resolution and a handshake with its reason', async () => {
    await using server = await TestServer.tcp()
    for (const resolver of [waiting, loopback()]) {
      const controller = new AbortController()
      const target = { ...destination, port: server.port }
      const dialled = new DirectUpstream({ resolver }).dial(target, { ...tcp, transport: 'tls' }, controller.signal)
      const reason = new Error('gone')
      setTimeout(() => controller.abort(reason), 50)
      await assert.rejects(dialled, reason)
    }
    await server.idle()
  })

  test('a resolution that does not end is given up', async () => {
    const upstream = new DirectUpstream({ resolver: waiting, timeoutMs: 50 })
    await assert.rejects(upstream.dial(destination, tcp, never), refusedWith('upstream_timeout'))
  })
})
