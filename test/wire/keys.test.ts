import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ask, basicUser, bearer, type KeyScene, openKeyScene } from './key-scene.ts'

let scene: KeyScene
before(async () => {
  scene = await openKeyScene()
})
after(async () => {
  await scene[Symbol.asyncDispose]()
})

const read = '/v1/payment_intents/pi_1'

test('G3: a virtual key is taken as Bearer and as the user of a pair, at the root and below its provider', async () => {
  const { key } = await scene.issue()
  for (const headers of [bearer(key), basicUser(key)]) {
    for (const path of [read, `/proxy/stripe${read}`, `/stripe${read}`]) {
      const answer = await ask(scene.door, { path, headers })
      assert.equal(answer.status, 200, `${path}: ${answer.text}`)
      assert.equal(JSON.parse(answer.text).id, 'pi_1')
      assert.equal(scene.arrived.at(-1), `GET ${read} ${headers['authorization']!.split(' ')[0]!.toLowerCase()}`)
    }
  }
})
