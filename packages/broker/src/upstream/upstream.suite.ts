import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { negotiatedProtocol } from './negotiated-protocol.ts'
import { type Identity, type IssueCertificate, selfSigned, TestRoot, validFor } from './test-root.suite.ts'
import { host, never, refusedWith, TestServer, tcp } from './test-services.suite.ts'
import { TrustStore } from './trust-store.ts'
import type { DialOptions, Upstream } from './upstream.ts'

/** A way to services under test, whatever stands behind it. */
export interface UpstreamUnderTest extends AsyncDisposable {
  readonly upstream: Upstream
  /** How many names were resolved, here or by what stands between. */
  resolutions(): number
}

/** Makes a way on which every name leads to this machine. */
export type MakeUpstream = (options: {
  readonly trust?: TrustStore
  readonly timeoutMs?: number
}) => Promise<UpstreamUnderTest>

/** What every way to services must hold. */
export function testUpstream(make: MakeUpstream, issueCertificate: IssueCertificate): void {
  const root = new TestRoot(issueCertificate)
  const options: DialOptions = { transport: 'tls', allowPrivate: true, roots: root.certificate }

  test('a service is reached under its own name, over HTTP/1.1, when its root is trusted', async () => {
    await using server = await TestServer.tls(root.issue(host))
    await using way = await make({})
    const socket = await way.upstream.dial({ scheme: 'https', host, port: server.port }, options, never)
    socket.write('hello')
    const [answer] = await once(socket, 'data')
    assert.equal(String(answer), `${host} http/1.1`)
    socket.destroy()
  })

  test('what is offered to a service is what it chooses from, and the choice is told', async () => {
    for (const protocols of [['h2', 'http/1.1'], ['http/1.1']]) {
      await using server = await TestServer.tls(root.issue(host))
      await using way = await make({})
      const dialled = { scheme: 'https', host, port: server.port } as const
      const socket = await way.upstream.dial(dialled, { ...options, protocols }, never)
      assert.equal(negotiatedProtocol(socket), protocols[0])
      socket.destroy()
    }
  })

  test('a client certificate is shown to the service that asks for it, and for no other dial', async () => {
    await using server = await TestServer.tls(root.issue(host), '127.0.0.1', root.certificate)
    await using way = await make({})
    const destination = { scheme: 'https', host, port: server.port } as const
    const { cert: certificates, key } = root.issue('client.example.com')
    for (const [identity, client] of [
      [{ certificates, key }, 'client.example.com'],
      [undefined, 'nobody'],
    ] as const) {
      const shown = identity === undefined ? options : { ...options, identity }
      const socket = await way.upstream.dial(destination, shown, never)
      socket.write('hello')
      const [answer] = await once(socket, 'data')
      assert.equal(String(answer), `${host} http/1.1 ${client}`)
      socket.destroy()
    }
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
    [
      'another root than the scope’s',
      new TestRoot(issueCertificate).issue(host),
      root.certificate,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    ['a self-signed certificate', selfSigned(host, issueCertificate), undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ]

  for (const [name, identity, roots, reason] of untrusted) {
    test(`${name} is refused before any byte is sent`, async () => {
      await using server = await TestServer.tls(identity)
      await using way = await make({})
      const dialled = way.upstream.dial(
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
    await using way = await make({})
    await assert.rejects(
      way.upstream.dial({ scheme: 'https', host, port: server.port }, options, never),
      refusedWith('upstream_unreachable'),
    )
    await server.idle()
  })

  test('a handshake that does not end is given up', async () => {
    await using server = await TestServer.tcp()
    await using way = await make({ timeoutMs: 100 })
    await assert.rejects(
      way.upstream.dial({ scheme: 'https', host, port: server.port }, options, never),
      refusedWith('upstream_timeout'),
    )
    await server.idle()
  })

  test('roots for every service are trusted beside those of a scope, and for no other name', async () => {
    const other = new TestRoot(issueCertificate)
    for (const [issuer, name, code] of [
      [root, host, undefined],
      [other, host, undefined],
      [other, 'www.example.com', 'upstream_tls_untrusted'],
      [new TestRoot(issueCertificate), host, 'upstream_tls_untrusted'],
    ] as const) {
      await using server = await TestServer.tls(issuer.issue(name))
      await using way = await make({ trust: new TrustStore(other.certificate) })
      const dialled = way.upstream.dial({ scheme: 'https', host, port: server.port }, options, never)
      if (code === undefined) (await dialled).destroy()
      else await assert.rejects(dialled, refusedWith(code))
      await server.idle()
    }
  })

  test('bytes pass as they are, and what the service says first is not lost', async () => {
    await using server = await TestServer.tcp('127.0.0.1', 0, 'SSH-2.0-x\r\n')
    await using way = await make({})
    const socket = await way.upstream.dial({ scheme: 'http', host, port: server.port }, tcp, never)
    let text = ''
    for await (const chunk of socket) text += chunk
    assert.equal(text, 'SSH-2.0-x\r\n')
  })

  test('an aborted signal dials nothing', async () => {
    await using server = await TestServer.tcp()
    await using way = await make({})
    const reason = new Error('gone')
    const destination = { scheme: 'https', host, port: server.port } as const
    await assert.rejects(way.upstream.dial(destination, tcp, AbortSignal.abort(reason)), reason)
    assert.equal(server.connections, 0)
  })

  test('a signal ends a handshake with its reason', async () => {
    await using server = await TestServer.tcp()
    await using way = await make({})
    const controller = new AbortController()
    const reason = new Error('gone')
    const destination = { scheme: 'https', host, port: server.port } as const
    const dialled = way.upstream.dial(destination, options, controller.signal)
    setTimeout(() => controller.abort(reason), 50)
    await assert.rejects(dialled, reason)
    await server.idle()
  })

  test('a pin is dialled instead of any answer, also on its own port', async () => {
    await using server = await TestServer.tcp()
    await using way = await make({})
    const pin = { address: '127.0.0.1', port: server.port }
    const socket = await way.upstream.dial({ scheme: 'https', host, port: 443 }, { transport: 'tcp', pin }, never)
    assert.deepEqual([server.connections, way.resolutions()], [1, 0])
    socket.destroy()
  })
}
