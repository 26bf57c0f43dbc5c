import assert from 'node:assert/strict'
import { findCanaryInFolder } from '../../fixtures/canary.ts'
import { openWorld } from '../../wire/world.ts'
import type { Door } from './door.ts'

const host = 'api.stripe.com'

/** An inline credential whose service resolves to addresses that must not be dialled, or to none. */
export const unreachableProvider: Door = {
  name: 'an inline credential whose provider cannot be reached',
  once: true,
  async walk(stage) {
    const { inline } = stage.values
    let addresses: readonly string[] = []
    const world = await openWorld({ resolver: { resolve: async () => addresses } })
    try {
      const credentials = { STRIPE_SECRET_KEY: inline.value }
      const inside = await world.createSandbox({ credentials })
      const headers = [['Authorization', `Bearer ${inside.placeholder('STRIPE_SECRET_KEY')}`]] as const
      for (addresses of [['127.0.0.1'], []]) {
        const received = await inside.send({ host, headers, target: '/v1/charges' })
        // One code for both: the sandbox does not learn which names are private.
        assert.equal(received.code, 'destination_unresolved')
        stage.hear('refused', received.text + received.rawHeaders.join('\n'))
      }
      stage.hear('events', JSON.stringify(await world.events()))
      await inside.end()
      assert.deepEqual(findCanaryInFolder(world.home, inline), [])
    } finally {
      await world[Symbol.asyncDispose]()
    }
  },
}
