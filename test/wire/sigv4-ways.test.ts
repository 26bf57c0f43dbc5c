import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { presign, signInField } from '../fixtures/sign-request.ts'
import { makeSignedStorage } from '../fixtures/signed-storage.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const host = 's3.service.test'
const keys = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(4) }
const root = createTlsRoot()
const proxy = { listen: { host: '127.0.0.1', port: 0 } }
/** Ways on which a client signs for the host that it means; on the others it signs for the broker. */
const meant = doorWays.filter(({ name }) => ['CONNECT', 'SOCKS5', 'absolute-form'].includes(name))
const others = doorWays.filter((way) => !meant.includes(way))

for (const workers of [0, 2]) {
  const skip = workers > 0 && process.platform !== 'linux' && 'workers need Linux'
  describe(`signed requests by the doors of ${workers} workers`, { skip }, () => {
    const storage = makeSignedStorage([keys])
    let origin: VerifyingServer
    let world: World
    let place: Place
    before(async () => {
      origin = await startVerifyingServer({ root, hosts: { [host]: 'public' }, answer: storage.answer })
      world = await openWorld({ settings: workers === 0 ? { proxy } : { proxy, workers } })
      const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
      const inject = { kind: 'sigv4', services: ['s3'] }
      const value = `${keys.accessKeyId}\n${keys.secretAccessKey}\n`
      await world.client.secrets.create({ name: 'storage', value, scopes: [{ to: host, inject, ...reach }] })
      const sandbox = await world.client.sandboxes.create({ secrets: { AWS: 'storage' }, from: ['127.0.0.1'] })
      const placeholder = (env: string): string => sandbox.connect.env[env]!
      place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox, placeholder } as Place['inside'] }
    })
    after(async () => {
      await origin.close()
      await world[Symbol.asyncDispose]()
    })

    const pair = () => ({
      accessKeyId: place.inside.placeholder('AWS_ACCESS_KEY_ID'),
      secretAccessKey: place.inside.placeholder('AWS_SECRET_ACCESS_KEY'),
    })
    const asking = (target: string, body: string, signedHost = host) => {
      const headers = signInField({ host: signedHost, method: 'PUT', target, body }, pair())
      return { host, secret: 'storage', method: 'PUT', target, headers, body }
    }

    for (const way of meant) {
      test(`AC-2.3, AC-14.1: ${way.name} signs anew, also over a body whose hash nobody said`, async () => {
        const { status } = await sendBy(way, place, asking('/shop//a%20b', 'body'))
        assert.equal(status, 200, storage.faults.join())
        assert.equal(storage.objects.get('/shop//a b')?.toString(), 'body')
      })

      test(`AC-2.3, SEC-12: ${way.name} refuses what was changed, and nothing is dialled`, async () => {
        const { dials } = origin
        const { code } = await sendBy(way, place, { ...asking('/shop/a', 'body'), body: 'other' })
        assert.equal(code, 'signature_invalid')
        assert.equal(origin.dials, dials)
      })
    }

    test('AC-14.1: a URL may be good for a week, and for no second longer', async () => {
      const week = 604_800
      const asked = async (expiresSeconds: number) => {
        const target = presign({ host, target: '/shop/none' }, pair(), { expiresSeconds })
        const { status, code } = await sendBy(meant[0]!, place, { host, secret: 'storage', target })
        return code ?? status
      }
      assert.equal(await asked(week), 404)
      for (const other of [week + 1, 0, -1]) assert.equal(await asked(other), 'signature_invalid')
    })

    for (const way of others) {
      test(`AC-2.3, SEC-12: ${way.name} signs nothing: the client signed for another host`, async () => {
        const { dials } = origin
        const { code } = await sendBy(way, place, asking('/shop/a', 'body', new URL(place.proxyUrl).host))
        assert.equal(code, 'signature_invalid')
        assert.equal(origin.dials, dials)
      })
    }
  })
}
