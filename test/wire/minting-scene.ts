import type { BrokerOptions } from '@coatcheck/broker'
import type { CreatedSandbox, InjectorSpec, Scope } from '@coatcheck/contract'
import { type MintingService, type MintingServiceOptions, startMintingService } from '../fixtures/minting-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Asking, absoluteForm, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const root = createTlsRoot()

/** One sandbox with one grant of the scene’s secret. */
export interface MintingPlace {
  readonly sandbox: CreatedSandbox
  readonly env: Readonly<Record<string, string>>
  send(asking: Omit<Asking, 'secret'>): Promise<Received>
}

/** A broker with one secret, and services that make credentials from it. */
export interface MintingScene extends AsyncDisposable {
  readonly world: World
  readonly service: MintingService
  /** Registers another sandbox, with a grant of its own. */
  enter(): Promise<MintingPlace>
}

/** What differs from one scene to the next. */
export interface MintingSceneOptions extends Omit<MintingServiceOptions, 'root'> {
  readonly value: string
  readonly scopes: readonly { readonly to: string; readonly inject: InjectorSpec }[]
  readonly variable?: string
  /** Of the broker; the machine's own when absent. */
  readonly clock?: BrokerOptions['clock']
}

/** Opens a scene. */
export async function openMintingScene(options: MintingSceneOptions): Promise<MintingScene> {
  const { clock, scopes, value, variable = 'KEY', ...known } = options
  const service = await startMintingService({ root, ...known })
  const world = await openWorld({
    settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } },
    ...(clock !== undefined && { clock }),
  })
  const reach = { pin: { address: '127.0.0.1', port: service.server.port }, roots: root.certificate }
  const all: readonly Scope[] = scopes.map((scope) => ({ ...scope, ...reach }))
  await world.client.secrets.create({ name: 'key', value, scopes: all })
  return {
    world,
    service,
    async enter() {
      const sandbox = await world.client.sandboxes.create({ secrets: { [variable]: 'key' }, from: ['127.0.0.1'] })
      const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
      return {
        sandbox,
        env: sandbox.connect.env,
        send: (asking) => sendBy(absoluteForm, place, { secret: 'key', ...asking }),
      }
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await service[Symbol.asyncDispose]()
    },
  }
}
