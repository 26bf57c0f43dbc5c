import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type BodyServices, form, keys, startBodyServices } from './request-bodies-scene.ts'
import { doorWays, type Place, sendBy } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const proxy = { listen: { host: '127.0.0.1', port: 0 } }
const headers = [['Content-Type', 'application/json']] as const
/** A key in a body does not say where the request goes. */
const named = doorWays.filter(({ name }) => name !== 'root by key')
const asJson = (text: string): string => JSON.stringify({ auth: { token: text } })

for (const workers of [0, 2]) {
  const skip = workers > 0 && process.platform !== 'linux' && 'workers need Linux'
  describe(`secrets in bodies by the doors of ${workers} workers`, { skip }, () => {
    let services: BodyServices
    let world: World
    let place: Place
    before(async () => {
      services = await startBodyServices()
      world = await openWorld({ settings: workers === 0 ? { proxy } : { proxy, workers } })
      await world.client.secrets.create({ name: 'one', value: keys.one, scopes: services.scopes() })
      const sandbox = await world.client.sandboxes.create({ secrets: { ONE: 'one' }, from: ['127.0.0.1'] })
      const placeholder = (env: string): string => sandbox.connect.env[env]!
      place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox, placeholder } as Place['inside'] }
    })
    after(async () => {
      await world[Symbol.asyncDispose]()
      await services[Symbol.asyncDispose]()
    })

    const asking = (body: string) => ({ host: form, secret: 'one', method: 'POST', target: '/submit', headers, body })

    for (const way of named) {
      test(`AC-2.3, W4: ${way.name} puts the value into the body`, async () => {
        const { status } = await sendBy(way, place, asking(asJson(place.inside.placeholder('ONE'))))
        assert.equal(status, 200)
        assert.equal(services.arrived.at(-1)?.text, asJson(keys.one))
      })

      test(`AC-2.3, R-60: ${way.name} blocks a placeholder beside its place`, async () => {
        const { dials } = services.origin
        const text = place.inside.placeholder('ONE')
        const { code } = await sendBy(way, place, asking(JSON.stringify({ auth: { token: text }, note: text })))
        assert.equal(code, 'placeholder_undeclared_place')
        assert.equal(services.origin.dials, dials)
      })
    }
  })
}
