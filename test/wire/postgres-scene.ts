import type { BrokerOptions, BrokerSettings } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope, SecretCreate } from '@coatcheck/contract'
import { type Canary, makeCanary } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { PostgresClient } from './postgres-client.ts'
import { type Inside, openWorld, type World } from './world.ts'

type Clock = NonNullable<BrokerOptions['clock']>

/** Name of the database server, which no resolver knows. */
export const databaseHost = 'db.service.test'

/** A PostgreSQL, a broker, and a secret for each role. */
export interface PostgresScene extends AsyncDisposable {
  readonly server: PostgresServer
  readonly world: World
  /** Password of every role. */
  readonly canary: Canary
  /** How the owner of a secret would write it down. */
  url(role: string): string
  /** Stores a secret for a role. */
  store(name: string, role: string, options?: SecretOptions): Promise<void>
  /** What is stored then. */
  secret(name: string, role: string, options?: SecretOptions): SecretCreate
  /** A sandbox in which `DATABASE_URL` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideDatabase>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly value?: string
}

/** The view from inside a sandbox that has a database. */
export interface InsideDatabase {
  readonly inside: Inside
  readonly placeholder: string
  /** Environment in which stock clients find the database. */
  env(): Promise<Record<string, string>>
  psql(statement: string, env?: Readonly<Record<string, string>>): Promise<FinishedProcess>
  /** A connection on which nothing was said yet. */
  connect(): Promise<PostgresClient>
}

const root = createTlsRoot()
const methods = { app: 'scram-sha-256', hashed: 'md5', plain: 'password', trusting: 'trust', chief: 'scram-sha-256' }

/**
 * Opens everything; roles are called after how the server asks for their password.
 * @param settings of the broker; no door is open when absent
 * @param prepare told of the folder that the broker keeps its things in, before it starts, and of the port of the server
 */
export async function openPostgresScene(
  prepare: (home: string, port: number) => void = () => {},
  clock?: Clock,
  settings?: BrokerSettings,
): Promise<PostgresScene> {
  const canary = makeCanary()
  const roles = Object.keys(methods)
  const encryption = (role: string) => (role === 'hashed' ? "set password_encryption = 'md5'; " : '')
  const server = await startPostgres({
    tls: root.leaf(databaseHost),
    access: [
      'hostssl all derived 127.0.0.1/32 scram-sha-256',
      ...Object.entries(methods).map(([role, method]) => `hostssl all ${role} 127.0.0.1/32 ${method}`),
      ...Object.entries(methods).map(([role, method]) => `hostnossl all ${role}_clear 127.0.0.1/32 ${method}`),
    ],
    statements: [
      ...roles.flatMap((role) =>
        [role, `${role}_clear`].map((each) => {
          const kind = role === 'chief' ? 'superuser' : ''
          return `${encryption(role)}create role ${each} login ${kind} password '${canary.value}'`
        }),
      ),
      'create database app owner app',
      'create database other owner app',
    ],
    settings: ['log_connections=on'],
  })
  const home = makeTemporaryHome()
  prepare(home.path, server.port)
  const world = await openWorld({ ...(clock && { clock }), ...(settings && { settings }) }, home)
  const secret = (name: string, role: string, { inject = {}, scope = {}, value }: SecretOptions = {}) => ({
    name,
    value: value ?? `postgres://${role}:${canary.value}@${databaseHost}:${server.port}/app`,
    scopes: [
      {
        to: `postgres://${databaseHost}:${server.port}`,
        pin: { address: '127.0.0.1' },
        roots: root.certificate,
        ...scope,
        inject: { kind: 'postgres', ...inject },
      },
    ],
  })
  return {
    server,
    world,
    canary,
    url: (role) => `postgres://${role}:${canary.value}@${databaseHost}:${server.port}/app`,
    secret,
    async store(...described) {
      await world.client.secrets.create(secret(...described))
    },
    async open(secret, input = {}) {
      return insideDatabase(await world.createSandbox({ secrets: { DATABASE_URL: secret }, ...input }))
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The view from a sandbox that has a secret for a database. */
export function insideDatabase(inside: Inside): InsideDatabase {
  const { env } = inside.sandbox.connect
  const host = env['PGHOST'] ?? ''
  const port = inside.portOf(5432)
  const placed = async () => ({
    ...env,
    PGHOSTADDR: await inside.addressOf(host),
    PGPORT: String(port),
    LC_ALL: 'C.UTF-8',
  })
  return {
    inside,
    placeholder: env['PGPASSWORD'] ?? '',
    env: placed,
    async psql(statement, further = {}) {
      const args = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-c', statement]
      return runToEnd(['/usr/bin/psql', ...args], { env: { ...(await placed()), ...further } })
    },
    connect: async () => PostgresClient.connect(await inside.addressOf(host), port),
  }
}
