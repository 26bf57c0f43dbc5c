import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope } from '@coatcheck/contract'
import { MongoClient, type MongoClientOptions } from 'mongodb'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import { type MongodbOptions, type MongodbServer, startMongodb } from '../fixtures/mongodb/mongodb-server.ts'
import type { MongodbUser } from '../fixtures/mongodb/scram-login.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { MongodbClient } from './mongodb-client.ts'
import { type Inside, openWorld, type World } from './world.ts'

type Clock = NonNullable<BrokerOptions['clock']>

/** Name of the service, which no resolver knows. */
export const serviceHost = 'mongo.service.test'
const usualPort = 27_017

/** A stand-in for MongoDB, a broker, and a secret for each user. */
export interface MongodbScene extends AsyncDisposable {
  readonly server: MongodbServer
  readonly world: World
  /** Password of every user. */
  readonly canary: Canary
  /** Stores a secret for a user. */
  store(name: string, user: string, options?: SecretOptions): Promise<void>
  /** A sandbox in which `DATABASE_URL` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideMongodb>
}

/** What is unusual about a scene. */
export interface SceneOptions {
  /** Told of the folder that the broker keeps its things in, before it starts, and of the port of the server. */
  readonly prepare?: (home: string, port: number) => void
  readonly clock?: Clock
  readonly server?: Partial<MongodbOptions>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly value?: string
}

/** The view from inside a sandbox that has a database. */
export interface InsideMongodb {
  readonly inside: Inside
  readonly placeholder: string
  /** The URL as stock clients find it. */
  readonly uri: string
  /** Where a client that resolves nothing finds the port. */
  readonly address: string
  /** A stock client; it resolves names as the sandbox does. */
  client(uri?: string, options?: MongoClientOptions): MongoClient
  /** A connection on which nothing was said yet. */
  connect(): Promise<MongodbClient>
}

const root = createTlsRoot()
const both = ['SCRAM-SHA-1', 'SCRAM-SHA-256']

/** Opens everything. Users are called after what the service takes from them. */
export async function openMongodbScene({ prepare, clock, server: further }: SceneOptions = {}): Promise<MongodbScene> {
  const canary = makeCanary()
  const user = (mechanisms: readonly string[]): MongodbUser => ({ password: canary.value, mechanisms })
  const server = await startMongodb({
    tls: root.leaf(serviceHost),
    users: new Map([
      ['admin.app', user(both)],
      ['admin.older', user(['SCRAM-SHA-1'])],
      ['app.local', user(['SCRAM-SHA-256'])],
    ]),
    ...further,
  })
  const home = makeTemporaryHome()
  prepare?.(home.path, server.port)
  const world = await openWorld(clock === undefined ? {} : { clock }, home).catch(async (error: unknown) => {
    await server[Symbol.asyncDispose]()
    throw error
  })
  const closing: (() => Promise<void>)[] = []
  return {
    server,
    world,
    canary,
    async store(name, user, { inject = {}, scope = {}, value } = {}) {
      await world.client.secrets.create({
        name,
        value: value ?? `mongodb://${user}:${canary.value}@${serviceHost}:${server.port}/app?authSource=admin`,
        scopes: [
          {
            to: `mongodb://${serviceHost}:${server.port}`,
            pin: { address: '127.0.0.1' },
            roots: root.certificate,
            ...scope,
            inject: { kind: 'mongodb', tls: 'verify', ...inject },
          },
        ],
      })
    },
    async open(secret, input = {}) {
      const inside = await world.createSandbox({ secrets: { DATABASE_URL: secret }, ...input })
      const { address, close } = await openUsualPort(inside.portOf(usualPort), await inside.addressOf(hostOf(inside)))
      const clients: MongoClient[] = []
      closing.push(async () => {
        await Promise.all(clients.map((client) => client.close(true)))
        await close()
      })
      return insideMongodb(inside, address, clients)
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close()
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function hostOf({ sandbox }: Inside): string {
  return new URL(sandbox.connect.env['MONGODB_URI'] ?? '').hostname
}

/** The usual port on an address of its own, which leads to the gateway: drivers go to the port that a server says it has. */
async function openUsualPort(port: number, host: string) {
  const address = `127.81.${randomInt(256)}.${randomInt(1, 255)}`
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    const onward = connect({ host, port, allowHalfOpen: true })
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.once('close', () => other.destroy())
      one.pipe(other)
    }
  }).listen(usualPort, address)
  await once(listener, 'listening')
  const close = async (): Promise<void> => {
    listener.close()
    await once(listener, 'close')
  }
  return { address, close }
}

function insideMongodb(inside: Inside, address: string, clients: MongoClient[]): InsideMongodb {
  const uri = inside.sandbox.connect.env['DATABASE_URL'] ?? ''
  const lookup: MongoClientOptions['lookup'] = (name, options, callback) => {
    const isOurs = name === hostOf(inside) || name === 'localhost'
    const error = isOurs ? null : Object.assign(new Error(`looked up ${name}`), { code: 'ENOTFOUND' })
    if (options.all === true) callback(error, [{ address, family: 4 }])
    else callback(error, address, 4)
  }
  return {
    inside,
    placeholder: new URL(uri).password,
    uri,
    address,
    client(from = uri, options = {}) {
      const client = new MongoClient(from, { lookup, serverSelectionTimeoutMS: 5_000, ...options })
      clients.push(client)
      return client
    },
    connect: async () => MongodbClient.connect(await inside.addressOf(hostOf(inside)), inside.portOf(usualPort)),
  }
}
