import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope } from '@coatcheck/contract'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { type RedisServer, startRedis } from '../fixtures/redis-server.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { RedisClient } from './redis-client.ts'
import { type Inside, openWorld, type World } from './world.ts'

type Clock = NonNullable<BrokerOptions['clock']>

/** Name of the server, which no resolver knows. */
export const cacheHost = 'cache.service.test'

/** A Redis, a broker, and secrets for its users. */
export interface RedisScene extends AsyncDisposable {
  readonly server: RedisServer
  readonly world: World
  /** Password of every user. */
  readonly canary: Canary
  /** Stores a secret: that of the default user, over TLS, unless something else is said. */
  store(name: string, options?: SecretOptions): Promise<void>
  /** A sandbox in which `CACHE_URL` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideCache>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly value?: string
}

/** The view from inside a sandbox that has a Redis. */
export interface InsideCache {
  readonly inside: Inside
  readonly placeholder: string
  /** Where a client reaches it; the port is that of the test. */
  address(): Promise<{ readonly host: string; readonly port: number }>
  /** What `redis-cli` says, with the environment of the sandbox. */
  cli(words: readonly string[], stdin?: string): Promise<FinishedProcess>
  /** A connection on which nothing was said yet. */
  connect(): Promise<RedisClient>
  /** A connection that is logged in. */
  logIn(): Promise<RedisClient>
}

const root = createTlsRoot()

/** Opens everything. @param prepare told of the folder of the broker, before it starts, and of the server */
export async function openRedisScene(
  prepare: (home: string, server: RedisServer) => void = () => {},
  clock?: Clock,
): Promise<RedisScene> {
  const canary = makeCanary()
  const server = await startRedis({
    tls: root.leaf(cacheHost),
    settings: [
      `user default on >${canary.value} ~* &* +@all`,
      `user app on >${canary.value} ~app:* &* +@all -@admin -@dangerous`,
    ],
  })
  const home = makeTemporaryHome()
  prepare(home.path, server)
  const world = await openWorld(clock === undefined ? {} : { clock }, home)
  return {
    server,
    world,
    canary,
    async store(name, { inject = {}, scope = {}, value } = {}) {
      const port = inject['tls'] === 'off' ? server.port : server.tlsPort
      await world.client.secrets.create({
        name,
        value: value ?? `rediss://default:${canary.value}@${cacheHost}:${port}`,
        scopes: [
          {
            to: `redis://${cacheHost}:${port}`,
            pin: { address: '127.0.0.1' },
            roots: root.certificate,
            ...scope,
            inject: { kind: 'redis', ...inject },
          },
        ],
      })
    },
    async open(secret, input = {}) {
      return insideCache(await world.createSandbox({ secrets: { CACHE_URL: secret }, ...input }))
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The view from a sandbox that has a secret for a Redis. */
export function insideCache(inside: Inside): InsideCache {
  const { env } = inside.sandbox.connect
  const placeholder = env['REDISCLI_AUTH'] ?? ''
  const port = inside.portOf(6379)
  const address = async () => ({ host: await inside.addressOf(env['REDIS_HOST'] ?? ''), port })
  const open = async (): Promise<RedisClient> => RedisClient.connect((await address()).host, port)
  return {
    inside,
    placeholder,
    address,
    async cli(words, stdin = '') {
      const { host } = await address()
      const place = ['-h', host, '-p', String(port)]
      const own = { REDISCLI_AUTH: placeholder, HOME: '/nonexistent', LC_ALL: 'C.UTF-8' }
      return runToEnd(['/usr/bin/redis-cli', ...place, ...words], { env: own, stdin })
    },
    connect: open,
    async logIn() {
      const client = await open()
      const reply = await client.call('AUTH', placeholder)
      if (reply !== 'OK') throw new Error(`no login: ${String(reply)}`)
      return client
    },
  }
}
