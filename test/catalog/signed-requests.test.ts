import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findProvider, type Provider, providers, scopesOf } from '@coatcheck/catalog'
import type { InjectorSpec } from '@coatcheck/contract'
import { type SigningScope, signInField } from '../fixtures/sign-request.ts'
import { makeSignedStorage } from '../fixtures/signed-storage.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy } from '../wire/ways-in.ts'
import { openWorld, type World } from '../wire/world.ts'

/** A host whose requests are signed, with what a signature for it is made for. */
interface SignedHost {
  readonly host: string
  readonly inject: InjectorSpec
  readonly scope: Required<Pick<SigningScope, 'service' | 'region'>>
}

const signing = providers.filter(({ hosts }) => hosts[0]!.injectors[0]!.kind === 'sigv4')
const keys = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(5).slice(0, 40) }
const root = createTlsRoot()
const storage = makeSignedStorage([keys])

/** Every host of a provider; a customer’s own stands for those below a suffix where a service is said. */
function hostsOf({ hosts }: Provider): readonly SignedHost[] {
  return hosts.flatMap(({ host, injectors: [inject] }) => {
    const { services = [], regions = ['us-east-1'] } = inject as { services?: string[]; regions?: string[] }
    const [service, region] = [services[0], regions[0]!]
    return service === undefined
      ? []
      : [{ host: host.replace('*', 'shop'), inject: inject!, scope: { service, region } }]
  })
}

let origin: VerifyingServer
let world: World
before(async () => {
  const hosts = Object.fromEntries(signing.flatMap(hostsOf).map(({ host }) => [host, 'public' as const]))
  origin = await startVerifyingServer({ root, hosts, answer: storage.answer })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** A sandbox with the pair of a provider, whose hosts stand on loopback. */
async function sandboxOf(id: string, hosts: readonly SignedHost[]): Promise<Place> {
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = hosts.map(({ host, inject }) => ({ to: host, inject, ...reach }))
  await world.client.secrets.create({ name: id, value: JSON.stringify(keys), provider: id, scopes })
  const sandbox = await world.client.sandboxes.create({ secrets: { AWS: id }, from: ['127.0.0.0/8'] })
  return { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Place['inside'] }
}

for (const { id } of signing) {
  test(`AC-4.5, V3: ${id} takes what the broker makes of signed requests at each of its hosts, and no other signature`, async () => {
    const provider = findProvider(id)!
    const hosts = hostsOf(provider)
    const own = new Set(scopesOf(provider).map(({ to }) => to))
    assert.ok(own.size > 0 && hosts.filter(({ host }) => own.has(host)).length === own.size, 'every host is asked')
    const place = await sandboxOf(id, hosts)
    const { env } = place.inside.sandbox.connect
    const pair = {
      accessKeyId: env['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY']!,
    }
    for (const { host, scope } of hosts) {
      const sending = { host, method: 'PUT', target: '/attic/coat', body: '{}' }
      const send = (keysThere: typeof pair, there: SigningScope = scope) =>
        sendBy(doorWays[0]!, place, { ...sending, secret: id, headers: signInField(sending, keysThere, there) })
      const reply = await send(pair)
      assert.equal(reply.status, 200, `${host}: ${reply.text} ${storage.faults.at(-1)}`)
      const before = origin.requests.length
      const refusals = [
        await send({ ...pair, secretAccessKey: 'another-key-that-nobody-here-ever-stored' }),
        await send({ accessKeyId: 'AKIAFOREIGNFOREIGN00', secretAccessKey: keys.secretAccessKey }),
        await send(pair, { ...scope, service: 'sts' }),
      ]
      assert.deepEqual(
        refusals.map(({ code }) => code),
        ['signature_invalid', 'foreign_credential', 'signature_out_of_scope'],
        host,
      )
      assert.equal(origin.requests.length, before, 'what is refused goes nowhere')
    }
  })
}
