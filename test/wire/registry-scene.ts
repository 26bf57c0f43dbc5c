import assert from 'node:assert/strict'
import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { type RegistryService, startRegistryService } from '../fixtures/registry-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Asking, absoluteForm, type Place, sendBy, type WayIn } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

/** The registry of the scene. */
export const registry = 'registry.service.test'
/** Its token service. */
export const realm = 'https://auth.service.test/token'
/** Where its blobs are. */
const blobs = 'blobs.service.test'
/** Whose login is stored. */
export const user = 'ann'
/** Their password. */
export const password = 'real-registry-password-0123456789'
/** A repository that everybody may pull from. */
export const openRepository = 'library/base'

const auth = new URL(realm).host
const root = createTlsRoot()

/** A broker with the login for one registry in one sandbox, and that registry. */
export interface RegistryScene extends AsyncDisposable {
  readonly world: World
  readonly service: RegistryService
  readonly placeholder: string
  readonly place: Place
  /** Root of the services, PEM. */
  readonly roots: string
  send(asking: Omit<Asking, 'secret'>, way?: WayIn): Promise<Received>
  /** Asks the token service, as a client does that has the login from its file; `pair` is `user:password`, or null for nobody. */
  ask(scopes: readonly string[], pair?: string | null, further?: string, way?: WayIn): Promise<Received>
  /** Asks, and gives the token of the answer. */
  tokenFor(...scopes: readonly string[]): Promise<string>
  /** Calls the registry with a token. */
  call(method: string, target: string, token?: string, body?: string): Promise<Received>
}

/** What differs from one scene to the next. */
export interface RegistrySceneOptions {
  /** Further options of the injector. */
  readonly inject?: Partial<InjectorSpec>
  /** What the challenges of the registry say, where that is not the realm of the scope. */
  readonly challenge?: string
  readonly expiresIn?: number
  readonly clock?: BrokerOptions['clock']
  readonly workers?: number
}

/** Opens a scene. */
export async function openRegistryScene(options: RegistrySceneOptions = {}): Promise<RegistryScene> {
  const { inject, challenge = realm, expiresIn = 300, clock, workers } = options
  const service = await startRegistryService({
    ...{ root, registry, blobs, expiresIn, realm: challenge },
    users: { [user]: password },
    open: [openRepository],
  })
  const world = await openWorld({
    settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } }, ...(workers !== undefined && { workers }) },
    ...(clock !== undefined && { clock }),
  })
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const spec: InjectorSpec = { kind: 'registry', tokenUrl: realm, username: user, ...inject }
  // The second one says how the token service is dialled.
  const scopes: Scope[] = [registry, auth].map((to) => ({ to, inject: spec, ...reach }))
  await world.client.secrets.create({ name: 'hub', value: password, scopes })
  const allow = [{ to: blobs, pin: reach.pin }]
  const input = { secrets: { HUB: 'hub' }, network: { allow }, from: ['127.0.0.1'] }
  const created = await world.client.sandboxes.create(input)
  // Clients verify what passes a tunnel themselves.
  const ca = created.connect.ca + root.certificate
  const sandbox = { ...created, connect: { ...created.connect, ca } }
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
  const placeholder = sandbox.connect.env['HUB']!
  const send: RegistryScene['send'] = (asking, way = absoluteForm) => sendBy(way, place, { secret: 'hub', ...asking })
  const ask: RegistryScene['ask'] = (scopes, pair = `${user}:${placeholder}`, further = '', way = absoluteForm) => {
    const query = new URLSearchParams([['service', registry], ...scopes.map((scope) => ['scope', scope])])
    const headers = pair === null ? [] : [['Authorization', `Basic ${btoa(pair)}`] as const]
    return send({ host: auth, target: `/token?${query}${further}`, headers }, way)
  }
  return {
    world,
    service,
    placeholder,
    place,
    roots: root.certificate,
    send,
    ask,
    async tokenFor(...scopes) {
      const { text } = await ask(scopes)
      return String(JSON.parse(text).token)
    },
    call: (method, target, token, body) =>
      send({
        host: registry,
        method,
        target,
        headers: token === undefined ? [] : [['Authorization', `Bearer ${token}`]],
        ...(body !== undefined && { body }),
      }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await service[Symbol.asyncDispose]()
    },
  }
}

/** What nobody inside may see: the password, and what was given for it. */
export function seesNothingReal({ service }: RegistryScene, ...texts: readonly string[]): void {
  for (const secret of [password, ...service.given]) for (const text of texts) assert.ok(!text.includes(secret), text)
}
