import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { CoatcheckError, problemBody } from '@coatcheck/contract'
import { issueCertificate } from '../certificates/certificate.ts'
import { ConnectProxy, proxyUser } from './connect-proxy.suite.ts'
import { DirectUpstream } from './direct-upstream.ts'
import { ProxiedUpstream } from './proxied-upstream.ts'
import { TestRoot } from './test-root.suite.ts'
import { host, loopback, never, refusedWith, TestServer, tcp } from './test-services.suite.ts'
import { TrustStore } from './trust-store.ts'
import { testUpstream } from './upstream.suite.ts'
import { parseProxyExceptions, parseUpstreamProxy } from './upstream-proxy.ts'

const password = 'corp-canary-0123456789'

function through(url: string, exceptions: readonly string[] = [], trust = new TrustStore()) {
  const resolver = loopback()
  const upstream = new ProxiedUpstream({
    proxy: parseUpstreamProxy(url),
    direct: new DirectUpstream({ resolver, trust }),
    isException: parseProxyExceptions(exceptions),
    trust,
  })
  return { upstream, resolver }
}

describe('what every upstream holds, through a proxy that wants Basic (AC-19.3)', () =>
  testUpstream(async ({ trust = new TrustStore(), ...options }) => {
    const proxy = await ConnectProxy.start()
    const resolver = loopback()
    const upstream = new ProxiedUpstream({
      proxy: parseUpstreamProxy(proxy.url),
      direct: new DirectUpstream({ resolver, trust }),
      isException: () => false,
      trust,
      ...options,
    })
    return {
      upstream,
      resolutions: () => resolver.asked + proxy.tunnels.length,
      [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
    }
  }, issueCertificate))

test('AC-19.3: TLS is spoken with the service inside the tunnel, under a name that only the proxy resolves', async () => {
  await using proxy = await ConnectProxy.start()
  const root = new TestRoot(issueCertificate)
  await using server = await TestServer.tls(root.issue(host))
  const { upstream, resolver } = through(proxy.url)
  const destination = { scheme: 'https', host, port: server.port } as const
  const socket = await upstream.dial(destination, { transport: 'tls', roots: root.certificate }, never)
  socket.write('hello')
  assert.equal(String((await once(socket, 'data'))[0]), `${host} http/1.1`)
  socket.destroy()
  assert.deepEqual([proxy.tunnels, resolver.asked], [[`${host}:${server.port}`], 0])
  const credentials = Buffer.from(`${proxyUser.name}:${proxyUser.password}`).toString('base64')
  assert.deepEqual(proxy.heads, [
    `CONNECT ${host}:${server.port} HTTP/1.1\r\nHost: ${host}:${server.port}\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`,
  ])
})

test('a proxy without credentials is sent none', async () => {
  await using proxy = await ConnectProxy.start()
  const { upstream } = through(`http://127.0.0.1:${proxy.port}`)
  await assert.rejects(
    upstream.dial({ scheme: 'https', host, port: 443 }, tcp, never),
    refusedWith('upstream_proxy_refused'),
  )
  assert.doesNotMatch(proxy.heads.join(''), /authorization/i)
})

for (const [what, answer, facts] of [
  ['407', 'HTTP/1.1 407 Proxy Authentication Required\r\nX-User: corp\r\n\r\ncorp', { status: 407 }],
  ['403', 'HTTP/1.1 403 Forbidden\r\n\r\n', { status: 403 }],
  ['502', 'HTTP/1.0 502 Bad Gateway\r\n\r\n', { status: 502 }],
  ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://evil.example\r\n\r\n', { status: 302 }],
  ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', { status: 100 }],
  ['no HTTP', 'SSH-2.0-x\r\n\r\n', { reason: 'not an answer in HTTP' }],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', { reason: 'not an answer in HTTP' }],
] as const) {
  test(`a proxy that answers with ${what} has refused, and nothing that it says is told but its status`, async () => {
    await using proxy = await ConnectProxy.start()
    proxy.answer = answer
    const { upstream } = through(`http://corp:${password}@127.0.0.1:${proxy.port}`)
    await assert.rejects(upstream.dial({ scheme: 'https', host, port: 443 }, tcp, never), (error) => {
      assert.ok(error instanceof CoatcheckError)
      assert.deepEqual([error.code, error.facts], ['upstream_proxy_refused', { host, ...facts }])
      const told = inspect(error, { depth: 9 }) + JSON.stringify(problemBody(error.code, error.facts))
      for (const secret of [password, Buffer.from(`corp:${password}`).toString('base64')])
        assert.ok(!told.includes(secret))
      return true
    })
  })
}

for (const [what, answer] of [
  ['closes without an answer', ''],
  ['ends inside the head', 'HTTP/1.1 200 OK\r\nVia: '],
  ['sends a head without end', `HTTP/1.1 200 OK\r\nVia: ${'x'.repeat(20_000)}\r\n\r\n`],
] as const) {
  test(`a proxy that ${what} is unreachable`, async () => {
    await using proxy = await ConnectProxy.start()
    proxy.answer = answer
    const { upstream } = through(proxy.url)
    for (const untouched of [false, true]) {
      const dialled = upstream.dial({ scheme: 'https', host, port: 443 }, { ...tcp, untouched }, never)
      await assert.rejects(dialled, refusedWith('upstream_proxy_unreachable'))
    }
  })
}

test('what a service says first through a proxy is heard by the process that takes the connection over', async () => {
  await using proxy = await ConnectProxy.start()
  const greeting = '220 service.example speaks first\r\n'
  await using server = await TestServer.tcp('127.0.0.1', 0, greeting)
  const { upstream } = through(proxy.url)
  const destination = { scheme: 'https', host, port: server.port } as const
  const socket = (await upstream.dial(destination, { ...tcp, untouched: true }, never)) as Socket
  await proxy.spoken(greeting)
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-hearer-'))
  const script = join(folder, 'hearer.cjs')
  writeFileSync(script, "process.once('message', (_, s) => s.once('data', (d) => process.send(String(d))))")
  const hearer = fork(script, { execArgv: [] })
  hearer.send('hear', socket)
  const [heard] = await once(hearer, 'message')
  hearer.kill()
  rmSync(folder, { recursive: true })
  assert.equal(heard, greeting)
})

test('a proxy where nobody listens is unreachable', async () => {
  const proxy = await ConnectProxy.start()
  await proxy[Symbol.asyncDispose]()
  const dialled = through(proxy.url).upstream.dial({ scheme: 'https', host, port: 443 }, tcp, never)
  await assert.rejects(dialled, refusedWith('upstream_proxy_unreachable', 'ECONNREFUSED'))
})

test('pinned destinations and exceptions do not pass the proxy, and their addresses are checked here', async () => {
  await using proxy = await ConnectProxy.start()
  await using server = await TestServer.tcp()
  const { upstream } = through(proxy.url, ['.corp.example', 'one.example'])
  for (const name of ['git.corp.example', 'one.example']) {
    const destination = { scheme: 'http', host: name, port: server.port } as const
    ;(await upstream.dial(destination, tcp, never)).destroy()
    await assert.rejects(
      upstream.dial(destination, { transport: 'tcp' }, never),
      (error) => error instanceof CoatcheckError && error.code === 'destination_ip_prohibited',
    )
  }
  const pin = { address: '169.254.169.254' }
  await assert.rejects(
    upstream.dial({ scheme: 'https', host, port: 443 }, { transport: 'tcp', pin }, never),
    refusedWith('destination_ip_prohibited'),
  )
  assert.deepEqual(proxy.heads, [])
})

for (const name of ['localhost', 'a.localhost', 'metadata.google.internal', 'metadata', 'instance-data.ec2.internal']) {
  test(`${name} is not asked of the proxy, whatever a scope allows (R-122)`, async () => {
    await using proxy = await ConnectProxy.start()
    const { upstream } = through(proxy.url)
    await assert.rejects(
      upstream.dial({ scheme: 'http', host: name, port: 80 }, tcp, never),
      (error) => error instanceof CoatcheckError && error.code === 'destination_ip_prohibited',
    )
    assert.deepEqual(proxy.heads, [])
  })
}
