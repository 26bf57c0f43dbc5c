import type { BrokerOptions } from '@coatcheck/broker'
import type { InjectorSpec, SandboxCreate, Scope } from '@coatcheck/contract'
import { type Connection, createConnection } from 'mysql2/promise'
import type { Canary } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { type MysqlServer, startMysql } from '../fixtures/mysql-server.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { MysqlClient } from './mysql-client.ts'
import { type Inside, openWorld, type World } from './world.ts'

type Clock = NonNullable<BrokerOptions['clock']>

/** Name of the database server, which no resolver knows. */
export const databaseHost = 'db.service.test'

/** A broker, and a secret for each user of a server. */
export interface MysqlScene extends AsyncDisposable {
  readonly world: World
  /** Password of every user. */
  readonly canary: Canary
  /** Stores a secret for a user. */
  store(name: string, user: string, options?: SecretOptions): Promise<void>
  /** A sandbox in which `DATABASE_URL` is the secret of that name. */
  open(secret: string, input?: SandboxCreate): Promise<InsideMysql>
}

/** What is unusual about a secret. */
export interface SecretOptions {
  readonly inject?: Partial<InjectorSpec>
  readonly scope?: Partial<Scope>
  readonly value?: string
}

/** The view from inside a sandbox that has a database. */
export interface InsideMysql {
  readonly inside: Inside
  readonly placeholder: string
  /** Address and port at which the service is found. */
  readonly address: { readonly host: string; readonly port: number }
  /** Environment in which stock clients find the database. */
  readonly env: Readonly<Record<string, string>>
  /** What MariaDB's own client says about a statement. */
  run(statement: string, ...flags: readonly string[]): Promise<FinishedProcess>
  /** A connection of mysql2. */
  connect(options?: Readonly<Record<string, unknown>>): Promise<Connection>
  /** A connection on which nothing was said yet. */
  dial(): Promise<MysqlClient>
}

const root = createTlsRoot()

/** Starts a MariaDB whose users are called after how they log in. */
export function startUsers(canary: Canary): Promise<MysqlServer> {
  const by = (plugin: string): string => `identified via ${plugin} using password('${canary.value}')`
  return startMysql({
    tls: root.leaf(databaseHost),
    statements: [
      "install soname 'auth_ed25519'",
      'create database app',
      'create database other',
      ...[
        `app@'%' identified by '${canary.value}' require ssl`,
        `plain@'%' identified by '${canary.value}'`,
        `curve@'%' ${by('ed25519')} require ssl`,
        `curve_plain@'%' ${by('ed25519')}`,
      ].flatMap((user) => [`create user ${user}`, `grant all on app.* to ${user.split(' ')[0]}`]),
    ],
  })
}

/** Opens a broker beside a server. @param prepare told of the folder that the broker keeps its things in, before it starts */
export async function openMysqlScene(
  canary: Canary,
  port: number,
  prepare: (home: string) => void = () => {},
  clock?: Clock,
): Promise<MysqlScene> {
  const home = makeTemporaryHome()
  prepare(home.path)
  const world = await openWorld(clock === undefined ? {} : { clock }, home)
  return {
    world,
    canary,
    async store(name, user, { inject = {}, scope = {}, value } = {}) {
      await world.client.secrets.create({
        name,
        value: value ?? `mysql://${user}:${canary.value}@${databaseHost}:${port}/app`,
        scopes: [
          {
            to: `mysql://${databaseHost}:${port}`,
            pin: { address: '127.0.0.1' },
            roots: root.certificate,
            ...scope,
            inject: { kind: 'mysql', ...inject },
          },
        ],
      })
    },
    async open(secret, input = {}) {
      return insideMysql(await world.createSandbox({ secrets: { DATABASE_URL: secret }, ...input }))
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

/** PEM of the authority that the scenes trust. */
export const serverRoot = root.certificate

/** Makes a server that a test writes itself one that the scenes trust. */
export function serverIdentity(host = databaseHost) {
  return root.leaf(host)
}

/** The same, but long over. */
export function expiredIdentity() {
  return root.expired(databaseHost)
}

/** The view from a sandbox that has a secret for a database. */
export async function insideMysql(inside: Inside): Promise<InsideMysql> {
  const { env } = inside.sandbox.connect
  const placeholder = env['MYSQL_PWD'] ?? ''
  const port = inside.portOf(3306)
  const host = await inside.addressOf(env['MYSQL_HOST'] ?? '')
  const placed = { ...env, MYSQL_HOST: host, MYSQL_TCP_PORT: String(port), LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }
  return {
    inside,
    placeholder,
    address: { host, port },
    env: placed,
    run: (statement, ...flags) =>
      runToEnd(['/usr/bin/mariadb', '--no-defaults', '-N', '-B', ...flags, '-e', statement], { env: placed }),
    connect: (options = {}) =>
      createConnection({ host, port, user: 'anybody', password: placeholder, database: 'coatcheck', ...options }),
    dial: () => MysqlClient.connect(host, port),
  }
}
