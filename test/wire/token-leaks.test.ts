import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canaryOf, findCanaryInFolder } from '../fixtures/canary.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { api, type OneKeyScene, openOneKeyScene } from './one-key-scene.ts'
import { type Place, sendBy, waysIn } from './ways-in.ts'
import type { World } from './world.ts'

let scene: OneKeyScene
let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  scene = await openOneKeyScene()
  ;({ origin, place, world } = scene)
})

after(() => scene[Symbol.asyncDispose]())

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
