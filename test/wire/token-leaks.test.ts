import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { canaryOf, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Place, sendBy, waysIn } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] } })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, from: ['127.0.0.0/8'] })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

for (const way of waysIn) {
  test(`R-78 ${way.name}: neither a service nor the journal learns the token of a sandbox from the URL of a page`, async () => {
    const { inside, proxyUrl } = place
    const { id, token } = inside.sandbox
    const page = `/as/${id}.${token}/api/page`
    const answer = await sendBy(way, place, {
      host: api,
      secret: 'api',
      target: `/x${page}`,
      headers: [
        ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`],
        ['Referer', new URL(page, proxyUrl).href],
      ],
    })
    assert.equal(answer.status, 404)
    const arrived = origin.requests.at(-1)
    assert.equal(arrived?.target, `/x${page}`)
    assert.ok(!arrived?.rawHeaders.join('\n').includes(token))
    assert.ok(!JSON.stringify(await world.events()).includes(token))
    assert.deepEqual(findCanaryInFolder(world.home, canaryOf(token)), [])
  })
}
