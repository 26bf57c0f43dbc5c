import assert from 'node:assert/strict'
import { findCanaryInFolder } from '../../fixtures/canary.ts'
import { openWorld } from '../../wire/world.ts'
import type { Door } from './door.ts'

const host = 'api.stripe.com'

/** An inline credential whose service resolves to addresses that must not be dialled, or to none. */
export const unreachableProvider: Door = {
  name: 'an inline credential whose provider cannot be reached',
  async walk(stage) {
    const { inline } = stage.values
    let addresses: readonly string[] = []
    const world = await openWorld({ resolver: { resolve: async () => addresses } })
    try {
      const credentials = { STRIPE_SECRET_KEY: inline.value }
      const { send, placeholder, end } = await world.createSandbox({ credentials }).then((sandbox) => ({
        send: sandbox.send.bind(sandbox),
        placeholder: sandbox.placeholder('STRIPE_SECRET_KEY'),
        end: sandbox.end.bind(sandbox),
      }))
      const headers = [['Authorization', `Bearer ${placeholder}`]] as const
      for (const [given, code] of [
        [['127.0.0.1'], 'destination_ip_prohibited'],
        [[], 'destination_unresolved'],
      ] as const) {
        addresses = given
        const received = await send({ host, headers, target: '/v1/charges' })
        assert.equal(received.code, code)
        stage.hear(`refused with ${code}`, received.text + received.rawHeaders.join('\n'))
      }
      stage.hear('events', JSON.stringify(await world.events()))
      await end()
      stage.hear('home', findCanaryInFolder(world.home, inline).join('\n'))
      assert.deepEqual(findCanaryInFolder(world.home, inline), [])
    } finally {
      await world[Symbol.asyncDispose]()
    }
  },
}
