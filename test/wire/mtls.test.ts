import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { type CertificateService, startCertificateService } from '../fixtures/certificate-service.ts'
import { createTlsRoot, type KeyPair } from '../fixtures/tls-root.ts'
import { type Inside, openWorld, type World } from './world.ts'

const modern = 'modern.service.test'
const older = 'older.service.test'
const root = createTlsRoot()
const clients = createTlsRoot()
const bundle = ({ certificate, key }: KeyPair): string => key + certificate
const first = clients.client('first-client')

let services: Readonly<Record<string, CertificateService>>
let world: World
let inside: Inside

function scopeFor(to: string, further: Partial<Scope> = {}): Scope {
  const pin = { address: '127.0.0.1', port: services[to]!.port }
  return { to, inject: { kind: 'mtls' }, pin, roots: root.certificate, ...further }
}

before(async () => {
  services = {
    [modern]: await startCertificateService(root, clients, modern),
    [older]: await startCertificateService(root, clients, older, 'TLSv1.2'),
  }
  world = await openWorld()
  await world.client.secrets.create({
    name: 'client',
    value: bundle(first),
    scopes: [scopeFor(modern, { foreign: 'pass' }), scopeFor(older)],
  })
  inside = await world.createSandbox({ secrets: { CLIENT: 'client' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  for (const service of Object.values(services)) await service[Symbol.asyncDispose]()
})

for (const [host, version] of [
  [modern, 'TLSv1.3'],
  [older, 'TLSv1.2'],
] as const) {
  test(`W3, R-125: a service that asks for a certificate in ${version} sees the client, and nothing of it is in the request`, async () => {
    const { status, text } = await inside.send({ host, target: '/a?b=1' })
    assert.deepEqual([status, text], [200, 'first-client'])
    const { target, tlsVersion, head, authorization } = services[host]!.requests.at(-1)!
    assert.deepEqual([target, tlsVersion, authorization], ['/a?b=1', version, undefined])
    assert.doesNotMatch(head, /CERTIFICATE|PRIVATE/)
  })
}

test('SEC-10: the intent names the secret and its version, and no record holds anything of the key', async () => {
  await inside.send({ host: modern, target: '/recorded' })
  const events = (await world.events()).filter(({ event }) => event.path === '/recorded')
  assert.deepEqual(
    events.map(({ event }) => event.secrets),
    [['client@1'], ['client@1']].slice(0, events.length),
  )
  assert.ok(events.length > 0)
  assert.ok(!JSON.stringify(await world.events()).includes(first.key.split('\n')[1]!))
})
