import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService, type TokenService } from '../fixtures/token-service.ts'
import { type Asking, absoluteForm, type Place, sendBy, type WayIn } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

/** The API of the scene, which takes tokens. */
export const api = 'api.service.test'
/** Who gives them out. */
export const auth = 'auth.service.test'
export const tokenUrl: string = `https://${auth}/oauth/token`
const root = createTlsRoot()
/** Of the client that the service knows. */
export const clientSecret = 'real-client-secret-0123456789'
const client = JSON.stringify({ client_id: 'the-client', client_secret: clientSecret })
export const byClient: InjectorSpec = {
  kind: 'oauth2',
  grant: 'client-credentials',
  tokenUrl,
  oauthScopes: ['read', 'write'],
}

/** A broker with one secret in one sandbox, and a service that gives out tokens and takes them. */
export interface TokenScene extends AsyncDisposable {
  readonly world: World
  readonly service: TokenService
  readonly placeholder: string
  /** Root of the service, PEM. */
  readonly roots: string
  readonly place: Place
  /** Asks the API for something, with the placeholder. */
  call(target?: string): Promise<Received>
  /** Sends anything at all. */
  send(asking: Omit<Asking, 'secret'>, way?: WayIn): Promise<Received>
}

/** What differs from one scene to the next. */
export interface TokenSceneOptions {
  readonly inject?: InjectorSpec
  readonly value?: string
  /** Of the scopes of the secret. */
  readonly hosts?: readonly string[]
  readonly refreshToken?: string
  readonly issuers?: Readonly<Record<string, string>>
  readonly expiresIn?: number
  /** Of the broker; the machine's own when absent. */
  readonly clock?: BrokerOptions['clock']
  /** Of the broker; the machine's own when absent. */
  readonly resolver?: BrokerOptions['resolver']
}

/** Opens a scene. */
export async function openTokenScene(options: TokenSceneOptions = {}): Promise<TokenScene> {
  const { inject = byClient, value = client, hosts = [api, auth], clock, resolver, ...known } = options
  const service = await startTokenService({ root, clients: { 'the-client': clientSecret }, ...known })
  const world = await openWorld({
    settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } },
    ...(clock !== undefined && { clock }),
    ...(resolver !== undefined && { resolver }),
  })
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const scopes: Scope[] = hosts.map((to) => ({ to, inject, ...reach }))
  await world.client.secrets.create({ name: 'key', value, scopes })
  const sandbox = await world.client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
  const placeholder = sandbox.connect.env['KEY']!
  const headers = [['Authorization', `Bearer ${placeholder}`]] as const
  const send = (asking: Omit<Asking, 'secret'>, way: WayIn = absoluteForm) =>
    sendBy(way, place, { secret: 'key', ...asking })
  return {
    world,
    service,
    placeholder,
    roots: root.certificate,
    place,
    send,
    call: (target = '/v1/things') => send({ host: api, target, headers }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await service.close()
    },
  }
}
