import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Cap, CapUsage, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Asking, absoluteForm, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received, receive, type World } from './world.ts'

/** Host that demands the secret, unless another one is given. */
const api = 'api.service.test'

/** A service that demands a key, a broker, and sandboxes that have the use of it. */
export interface CapScene extends AsyncDisposable {
  readonly world: World
  /** Requests that the service received. */
  readonly arrived: { count: number }
  /** A new sandbox with the use of the secret, registered from elsewhere. */
  place(caps?: readonly Cap[]): Promise<Place>
  usage(): Promise<readonly CapUsage[]>
  /** Text of a scrape. */
  metrics(): Promise<string>
}

/** How a scene differs from the usual one. */
export interface CapSceneOptions {
  readonly workers?: number
  readonly httpPlane?: 'own' | 'reference'
  /** Host that demands the secret. */
  readonly host?: string
  readonly provider?: string
  readonly routes?: readonly Route[]
}

/** Opens one. */
export async function openCapScene({
  workers,
  httpPlane,
  host = api,
  provider,
  routes = [],
}: CapSceneOptions = {}): Promise<CapScene> {
  const root = createTlsRoot()
  const key = makeCanary('sk-live-')
  const arrived = { count: 0 }
  const counted = routes.map(
    (route): Route => ({
      ...route,
      answer(routed) {
        arrived.count += 1
        return route.answer(routed)
      },
    }),
  )
  const origin = await startOrigin({
    root,
    hosts: { [host]: [{ scheme: 'bearer', value: key.value }] },
    routes: counted,
  })
  const proxy = { listen: { host: '127.0.0.1', port: 0 } }
  const world = await openWorld({
    settings: { proxy, ...(workers !== undefined && { workers }), ...(httpPlane !== undefined && { httpPlane }) },
  })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({
    name: 'api',
    value: key.value,
    scopes: [scope],
    ...(provider !== undefined && { provider }),
  })
  return {
    world,
    arrived,
    async place(caps) {
      const sandbox = await world.client.sandboxes.create({
        secrets: { API_KEY: 'api' },
        from: ['127.0.0.0/8'],
        ...(caps && { caps }),
      })
      const placeholder = (env: string): string => sandbox.connect.env[env]!
      return { proxyUrl: world.broker.proxyUrl!, inside: { sandbox, placeholder } as Place['inside'] }
    },
    metrics: () => scrape(world.broker.socketPath),
    usage: async () => (await world.client.caps.usage()).items,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin.close()
    },
  }
}

/** Sends a request with the placeholder by the proxy. */
export function send(place: Place, asking: Partial<Asking> = {}): Promise<Received> {
  const headers = [
    ...(asking.headers ?? []),
    ['Authorization', `Bearer ${place.inside.placeholder('API_KEY')}`],
  ] as const
  return sendBy(absoluteForm, place, { host: api, secret: 'api', target: '/hit', ...asking, headers })
}

async function scrape(socketPath: string): Promise<string> {
  const [response] = (await once(
    httpRequest({ socketPath, path: '/metrics', headers: { Host: 'localhost' } }).end(),
    'response',
  )) as [IncomingMessage]
  return (await receive(response)).text
}
