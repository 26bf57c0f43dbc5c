import { type ChannelOptions, credentials } from '@grpc/grpc-js'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'
import { GrpcCaller } from './grpc-caller.ts'
import { type GrpcService, startGrpcService } from './grpc-service.ts'

/** Host of the secret that most calls are made with. */
const api = 'api.clients.test'
/** Host of another one, at the same service. */
export const other = 'other.clients.test'

/** How a client gets to the service. */
export const grpcWays = ['by CONNECT, as the environment says', 'from inside a sandbox, with no proxy'] as const

/** Who calls, whom, and how; the usual sandbox, `api` and CONNECT unless it is said. */
interface Opening {
  readonly way?: (typeof grpcWays)[number]
  readonly host?: string
  /** Another sandbox, which calls from inside. */
  readonly inside?: Inside
  readonly options?: ChannelOptions
}

/** A broker between gRPC’s own client and server. */
export interface GrpcScene extends AsyncDisposable {
  readonly service: GrpcService
  readonly world: World
  readonly inside: Inside
  readonly keys: Readonly<Record<'api' | 'other', string>>
  /** With the identity of the sandbox. */
  readonly proxyUrl: string
  /** A client of a host, with the placeholder for `api`; it is closed with the scene. */
  open(opening?: Opening): Promise<GrpcCaller>
}

/** Starts service, broker and sandbox. Clients find the proxy in the environment of this process. */
export async function openGrpcScene(): Promise<GrpcScene> {
  await using undo = new AsyncDisposableStack()
  const keys = { api: makeCanary('sk-live-').value, other: makeCanary('pw-live-').value }
  const root = createTlsRoot()
  const service = undo.use(await startGrpcService(root, { [api]: keys.api, [other]: keys.other }, '*.clients.test'))
  const world = undo.use(
    await openWorld({ settings: { httpPlane: 'own', proxy: { listen: { host: '127.0.0.1', port: 0 } } } }),
  )
  const pin = { address: '127.0.0.1', port: service.port }
  const scope = (to: string) => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: keys.api, scopes: [scope(api)] })
  await world.client.secrets.create({ name: 'other', value: keys.other, scopes: [scope(other)] })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api', OTHER_KEY: 'other' }, from: ['127.0.0.0/8'] })
  const { host: door } = new URL(world.broker.proxyUrl!)
  const { id, token } = inside.sandbox
  const proxyUrl = `http://${id}:${token}@${door}`
  process.env['grpc_proxy'] = proxyUrl
  undo.defer(() => void delete process.env['grpc_proxy'])
  const cleanUp = undo.move()
  return {
    service,
    world,
    inside,
    keys,
    proxyUrl,
    async open({
      inside: from = inside,
      host = api,
      options = {},
      way = from === inside ? grpcWays[0] : grpcWays[1],
    } = {}) {
      const isProxied = way === grpcWays[0]
      const address = isProxied ? `${host}:443` : `${await from.addressOf(host)}:${from.portOf(443)}`
      const named = { 'grpc.ssl_target_name_override': host, 'grpc.default_authority': host }
      const caller = new GrpcCaller(
        address,
        credentials.createSsl(Buffer.from(from.sandbox.connect.ca)),
        from.placeholder('API_KEY'),
        {
          ...(!isProxied && { 'grpc.enable_http_proxy': 0, ...named }),
          ...options,
        },
      )
      cleanUp.use(caller)
      return caller
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}
