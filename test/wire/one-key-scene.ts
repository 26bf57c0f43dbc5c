import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import type { Place } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

/** Host that demands the secret. */
export const api = 'api.service.test'

/** A service, a broker, and a sandbox with the one secret that the service demands. */
export interface OneKeyScene extends AsyncDisposable {
  readonly origin: VerifyingServer
  readonly world: World
  readonly place: Place
}

/** Opens one, in which every way in is open. */
export async function openOneKeyScene(): Promise<OneKeyScene> {
  const root = createTlsRoot()
  const key = makeCanary('sk-live-')
  const origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] } })
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, from: ['127.0.0.0/8'] })
  return {
    origin,
    world,
    place: { proxyUrl: world.broker.proxyUrl!, inside },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin.close()
    },
  }
}
