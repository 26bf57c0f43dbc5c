import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { type CertificateService, startCertificateService } from '../fixtures/certificate-service.ts'
import { startConnectProxy } from '../fixtures/connect-proxy.ts'
import { freePort } from '../fixtures/free-port.ts'
import { createTlsRoot, type KeyPair } from '../fixtures/tls-root.ts'
import { openHttp2 } from './http2-client.ts'
import { poll } from './poll.ts'
import { absoluteForm, doorWays, type Place, sendBy } from './ways-in.ts'
import { type Inside, openWorld, type Sending, testedPlane, type World } from './world.ts'

const modern = 'modern.service.test'
const older = 'older.service.test'
const strict = 'strict.service.test'
const bare = 'bare.service.test'
const keyed = 'keyed.service.test'
const root = createTlsRoot()
const clients = createTlsRoot()
const bundle = ({ certificate, key }: KeyPair): string => key + certificate
const first = clients.client('first-client')
const second = clients.client('second-client')
const stranger = createTlsRoot().client('stranger')
const token = 'the-real-token-of-the-service'

let service: CertificateService
let olderService: CertificateService
let world: World
let inside: Inside
let place: Place

/** A scope of a client certificate, at a port of this machine. */
function scopeFor(to: string, port: number, further: Partial<Scope> = {}): Scope {
  return { to, inject: { kind: 'mtls' }, pin: { address: '127.0.0.1', port }, roots: root.certificate, ...further }
}

before(async () => {
  service = await startCertificateService(root, clients, [modern, strict, keyed])
  olderService = await startCertificateService(root, clients, [older], 'TLSv1.2')
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const { secrets } = world.client
  await secrets.create({
    name: 'client',
    value: bundle(first),
    scopes: [
      scopeFor(modern, service.port, { foreign: 'pass' }),
      scopeFor(older, olderService.port),
      scopeFor(keyed, service.port),
    ],
  })
  await secrets.create({
    name: 'token',
    value: token,
    scopes: [scopeFor(keyed, service.port, { inject: { kind: 'bearer' }, attach: 'replace' })],
  })
  await secrets.create({ name: 'stranger', value: bundle(stranger), scopes: [scopeFor(strict, service.port)] })
  const secretsOf = { CLIENT: 'client', TOKEN: 'token', STRANGER: 'stranger' }
  inside = await world.createSandbox({ secrets: secretsOf, from: ['127.0.0.1'] })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
  await olderService[Symbol.asyncDispose]()
})

for (const [host, version, at] of [
  [modern, 'TLSv1.3', () => service],
  [older, 'TLSv1.2', () => olderService],
] as const) {
  test(`W3, R-125: a service that asks for a certificate in ${version} sees it each time, and nothing of it is in a request`, async () => {
    for (const target of ['/a?b=1', '/b', '/c']) {
      const { status, text } = await inside.send({ host, target })
      assert.deepEqual([status, text], [200, 'first-client'])
      const seen = at().requests.at(-1)!
      assert.deepEqual([seen.target, seen.tlsVersion, seen.authorization], [target, version, undefined])
      assert.doesNotMatch(seen.head, /CERTIFICATE|PRIVATE/)
    }
  })
}

for (const way of doorWays.filter(({ name }) => name !== 'root by key')) {
  test(`AC-2.3: the certificate is shown to the service for requests by ${way.name}`, async () => {
    const { status, text } = await sendBy(way, place, { host: modern, secret: 'client', target: '/way' })
    assert.deepEqual([status, text], [200, 'first-client'])
  })
}

const http2 = { skip: testedPlane === 'reference' && 'the reference plane speaks HTTP/1.1 alone' }
test('a service that speaks HTTP/2 is shown the certificate, too', http2, async () => {
  using connection = await openHttp2(inside, modern)
  const replies = await Promise.all(
    ['/1', '/2', '/3'].map((path) => connection.send({ ':path': path, ':authority': modern })),
  )
  assert.deepEqual(
    replies.map(({ status, text }) => [status, text]),
    replies.map(() => [200, 'first-client']),
  )
  assert.equal(service.requests.at(-1)!.httpVersion, '2.0')
})

test('a certificate goes together with a token of another secret, and the record names both', async () => {
  const headers = [['Authorization', `Bearer ${inside.placeholder('TOKEN')}`]] as const
  const { status, text } = await inside.send({ host: keyed, target: '/both', headers })
  assert.deepEqual([status, text], [200, 'first-client'])
  assert.equal(service.requests.at(-1)!.authorization, `Bearer ${token}`)
  const events = (await world.events()).filter(({ event }) => event.path === '/both')
  assert.ok(events.length > 0)
  for (const { event } of events) assert.deepEqual(event.secrets, ['token@1', 'client@1'])
})

test('SEC-10: no record holds anything of the key', async () => {
  const journal = JSON.stringify(await world.events())
  for (const { key } of [first, stranger]) assert.ok(!journal.includes(key.split('\n')[1]!))
})

test('AC-10.1: a private key that a service knows by itself does not come in', async () => {
  const lines = first.key.split('\n').slice(1, 3)
  for (const said of [first.key, JSON.stringify({ key: first.key })]) {
    service.says = said
    const { text } = await inside.send({ host: modern, target: '/key' })
    for (const line of lines) assert.ok(!text.includes(line), 'the key came in')
  }
  service.says = undefined
})

test('`foreign: pass` lets a token of the client’s own go beside the certificate', async () => {
  const headers = [['Authorization', 'Bearer a-token-of-the-client-itself']] as const
  assert.equal((await inside.send({ host: modern, headers })).text, 'first-client')
})

const denials: readonly (readonly [string, string, () => Sending])[] = [
  [
    'SEC-11: a credential that is not ours',
    'foreign_credential',
    () => ({ host: older, headers: [['Authorization', 'Bearer x1']] }),
  ],
  [
    'what a web page may have sent',
    'attach_refused',
    () => ({ host: modern, headers: [['Origin', 'https://x.test']] }),
  ],
  [
    'R-60: its own placeholder in a field',
    'placeholder_undeclared_place',
    () => ({ host: modern, headers: [['Authorization', `Bearer ${inside.placeholder('CLIENT')}`]] }),
  ],
]
for (const [what, code, sending] of denials) {
  test(`${what} is refused as ${code}, and nothing is dialled`, async () => {
    const before = [service.dials, olderService.dials]
    assert.equal((await inside.send(sending())).code, code)
    assert.deepEqual([service.dials, olderService.dials], before)
  })
}

test('a service that closes on a certificate of another root gives a failure that says so', async () => {
  const received = await inside.send({ host: strict })
  assert.ok(['upstream_unreachable', 'upstream_certificate_refused'].includes(received.code!), received.text)
  assert.match(received.text, /client certificate/)
})

for (const version of ['-tls1_2', '-tls1_3']) {
  test(`a service that refuses a certificate by an alert (${version}) gives upstream_certificate_refused`, async () => {
    await using server = await startAlerting(version)
    const name = `bare${version.slice(1).replace('_', '')}`
    const secret = await world.client.secrets.create({
      name,
      value: bundle(stranger),
      scopes: [scopeFor(bare, server.port)],
    })
    const other = await world.createSandbox({ secrets: { BARE: name } })
    const received = await other.send({ host: bare })
    assert.deepEqual([received.status, received.code], [502, 'upstream_certificate_refused'], received.text)
    await other.end()
    await world.client.secrets.delete(secret.name)
  })
}

test('SEC-16, N2: a rotated certificate is shown with the next request, and no request travels on an old connection', async () => {
  assert.equal((await inside.send({ host: modern })).text, 'first-client')
  await world.client.secrets.rotate('client', bundle(second))
  const count = service.requests.length
  for (let turn = 0; turn < 4; turn += 1) {
    assert.equal((await inside.send({ host: modern, target: `/${turn}` })).text, 'second-client')
    assert.equal(
      (await sendBy(absoluteForm, place, { host: modern, secret: 'client', target: `/${turn}` })).text,
      'second-client',
    )
  }
  assert.ok(service.requests.slice(count).every(({ client }) => client === 'second-client'))
  await world.client.secrets.rotate('client', bundle(first))
  assert.equal((await inside.send({ host: modern })).text, 'first-client')
})

test('SEC-16: two certificates for one service never share a connection', async () => {
  const scopes = [scopeFor(modern, service.port)]
  await world.client.secrets.create({ name: 'second', value: bundle(second), scopes })
  const other = await world.createSandbox({ secrets: { SECOND: 'second' } })
  for (let turn = 0; turn < 3; turn += 1) {
    assert.equal((await other.send({ host: modern })).text, 'second-client')
    assert.equal((await inside.send({ host: modern })).text, 'first-client')
  }
  const of = (client: string) =>
    new Set(service.requests.filter((seen) => seen.client === client).map((seen) => seen.connection))
  assert.equal(of('first-client').intersection(of('second-client')).size, 0)

  await world.client.sandboxes.attach(other.sandbox.id, 'FIRST', { secret: 'client' })
  assert.equal((await other.send({ host: modern })).code, 'credential_ambiguous')
  await other.end()
})

test('N2: with its grant, the connections of a certificate end', async () => {
  const other = await world.createSandbox({ secrets: { CLIENT: 'client' } })
  const before = service.open
  assert.equal((await other.send({ host: modern })).status, 200)
  await other.end()
  await poll(() => (service.open <= before ? true : undefined))
})

test('a locked vault shows no certificate', async () => {
  await world.client.vault.lock()
  const { dials } = service
  assert.notEqual((await inside.send({ host: modern })).status, 200)
  assert.equal(service.dials, dials)
  await world.client.vault.unlock()
  assert.equal((await inside.send({ host: modern })).text, 'first-client')
})

test('behind a proxy of the operator’s, the certificate goes to the service and not to the proxy', async () => {
  await using proxy = await startConnectProxy(service.port, 'corp:login')
  await using proxied = await openWorld({
    settings: { upstreamProxy: `http://corp:login@127.0.0.1:${proxy.port}` },
  })
  const { pin: _, ...scope } = scopeFor(modern, service.port)
  await proxied.client.secrets.create({ name: 'client', value: bundle(first), scopes: [scope] })
  const other = await proxied.createSandbox({ secrets: { CLIENT: 'client' } })
  assert.equal((await other.send({ host: modern })).text, 'first-client')
  assert.deepEqual(proxy.opened, [`${modern}:443`])
})

const bad: readonly (readonly [string, Partial<Scope>])[] = [
  ['`attach: replace`', { attach: 'replace' }],
  ['hosts that are not exact', { to: '*.service.test' }],
  ['clear text', { to: `http://${modern}` }],
]
for (const [what, further] of bad) {
  test(`a scope of a certificate with ${what} is refused when it is saved`, async () => {
    const { roots: _, ...scope } = scopeFor(modern, service.port, further)
    await assert.rejects(world.client.secrets.create({ name: 'wrong', value: bundle(first), scopes: [scope] }), {
      code: 'scope_invalid',
    })
  })
}

test('a bundle whose key is another one is refused when it is saved, and nothing of it is repeated', async () => {
  const value = second.key + first.certificate
  await assert.rejects(
    world.client.secrets.create({ name: 'wrong', value, scopes: [scopeFor(modern, service.port)] }),
    (error: Error & { code?: string }) =>
      error.code === 'secret_unusable' && !JSON.stringify(error).includes(second.key.split('\n')[1]!),
  )
})

/** `openssl s_server`, which says by an alert what it does not take. */
async function startAlerting(version: string): Promise<AsyncDisposable & { readonly port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-mtls-'))
  const { certificate, key } = root.leaf(bare)
  writeFileSync(join(folder, 'leaf.pem'), certificate + key, { mode: 0o600 })
  writeFileSync(join(folder, 'ca.pem'), clients.certificate)
  const port = await freePort()
  const options = ['-accept', `127.0.0.1:${port}`, '-cert', 'leaf.pem', '-key', 'leaf.pem', '-CAfile', 'ca.pem']
  const demand = ['-Verify', '3', '-verify_return_error', '-www', version]
  const server = spawn('openssl', ['s_server', ...options, ...demand], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(server.stdout, 'data')
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL')
      await once(server, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}
