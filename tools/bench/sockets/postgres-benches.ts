import { randomBytes } from 'node:crypto'
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { type PostgresServer, startPostgres } from '../../../test/fixtures/postgres-server.ts'
import { PostgresClient, say, startup } from '../../../test/wire/postgres-client.ts'
import { findProgram } from '../measure/find-program.ts'
import { type Launched, launch } from '../measure/launch.ts'
import { programVersion } from '../peers/program-version.ts'
import { idleMemory, idleSessions } from './idle-memory.ts'
import { runTool } from './run-tool.ts'
import type { Contender, ContenderName, PreparedProtocol, SocketBench } from './socket-bench.ts'
import { type Login, nobody, type SocketGround } from './socket-ground.ts'

const host = 'db.bench.test'
const legs = ['plain', 'TLS'] as const
type Leg = (typeof legs)[number]

/** One way to the database: where it is, what libpq is told, and who stands there. */
interface Way {
  readonly login: Login
  readonly env: Readonly<Record<string, string>>
  readonly pid?: number
  /** Another login of the same kind, which nothing was carried for yet. */
  afresh?(): Promise<Login>
}

/** Rows of the wide table, of a little more than 990 bytes each. */
const wideRows = 200_000
const wideMegabytes = (wideRows * 991) / 1e6

/** PostgreSQL: direct, behind pgbouncer in session mode, and behind the broker. */
export async function preparePostgres(ground: SocketGround): Promise<PreparedProtocol> {
  await using started = new AsyncDisposableStack()
  const password = randomBytes(24).toString('hex')
  const server = started.use(
    await startPostgres({
      tls: ground.root.leaf(host),
      access: ['hostssl all app_tls 127.0.0.1/32 scram-sha-256', 'hostnossl all app_plain 127.0.0.1/32 scram-sha-256'],
      statements: [
        ...['app_tls', 'app_plain'].map((role) => `create role ${role} login password '${password}'`),
        'create database app',
      ],
      settings: ['log_statement=none', 'max_connections=1200', 'shared_buffers=256MB', 'autovacuum=off'],
    }),
  )
  fill(server)
  const ways = new Map<Leg, ReadonlyMap<ContenderName, Way | Error>>()
  for (const leg of legs) {
    const found = new Map<ContenderName, Way | Error>([['direct', directWay(server, ground, leg, password)]])
    found.set('pgbouncer', await bouncerWay(server, ground, leg, password, started).catch(asError))
    found.set('coatcheck', await ownWay(server, ground, leg, password).catch(asError))
    ways.set(leg, found)
  }
  const benches = legs.flatMap((leg) => benchesOf(leg, ways.get(leg)!))
  const versions = [
    `PostgreSQL ${server.query('show server_version').split(' ')[0]}`,
    `pgbench ${(await programVersion('pgbench', ['--version'], /([\d.]+)/)) ?? '(not installed)'}`,
    `pgbouncer ${(await programVersion('pgbouncer', ['--version'], /([\d.]+)/)) ?? '(not installed)'}`,
  ]
  const stack = started.move()
  return { benches, versions, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() }
}

function fill(server: PostgresServer): void {
  const wide = `create unlogged table wide as select repeat('x', 990) as t from generate_series(1, ${wideRows})`
  const accounts = [
    'create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84))',
    'insert into pgbench_accounts select g, 1, 0, $$$$ from generate_series(1, 200000) g',
    'alter table pgbench_accounts add primary key (aid)',
    'create table pgbench_branches (bid int primary key, bbalance int, filler char(88))',
    'insert into pgbench_branches values (1), (2)',
  ]
  const rights = 'grant all on all tables in schema public to app_tls, app_plain'
  for (const statement of [wide, ...accounts, 'vacuum analyze', rights]) server.query(statement, 'app')
}

function directWay({ port }: PostgresServer, ground: SocketGround, leg: Leg, password: string): Way {
  const file = rootFile(ground)
  const env = leg === 'TLS' ? { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: file } : { PGSSLMODE: 'disable' }
  return { login: { host: '127.0.0.1', port, user: roleOf(leg), password }, env }
}

async function bouncerWay(
  { port: upstream }: PostgresServer,
  ground: SocketGround,
  leg: Leg,
  password: string,
  started: AsyncDisposableStack,
): Promise<Way> {
  const program = findProgram('pgbouncer')
  if (program === undefined) throw new Error('pgbouncer is not installed')
  const port = await freePort()
  const file = join(ground.folder, `pgbouncer-${leg}.ini`)
  const tls = leg === 'TLS' ? ['server_tls_sslmode = verify-ca', `server_tls_ca_file = ${rootFile(ground)}`] : []
  const target = `host=127.0.0.1 port=${upstream} dbname=app user=${roleOf(leg)} password=${password}`
  const settings = [
    ...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = any'],
    ...['pool_mode = session', 'max_client_conn = 1000', 'default_pool_size = 300', 'log_connections = 0'],
    ...['log_disconnections = 0', 'ignore_startup_parameters = extra_float_digits'],
    ...tls,
  ]
  writeFileSync(file, ['[databases]', `app = ${target}`, '[pgbouncer]', ...settings, ''].join('\n'), { mode: 0o600 })
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(file, nobody, nobody)
  const drop = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', program, file]
  const command = isRoot ? { file: 'setpriv', args: drop } : { file: program, args: [file] }
  const bouncer: Launched = started.use(await launch({ ...command, env: {}, cwd: ground.folder }, port))
  const login = { host: '127.0.0.1', port, user: 'anybody', password: 'none' }
  return { login, env: { PGSSLMODE: 'disable' }, pid: bouncer.pid }
}

async function ownWay({ port }: PostgresServer, ground: SocketGround, leg: Leg, password: string): Promise<Way> {
  let count = 0
  const afresh = (): Promise<Login> => {
    count += 1
    return ground.grant(`postgres-${leg}-${count}`, `postgres://${roleOf(leg)}:${password}@${host}:${port}/app`, {
      to: `postgres://${host}:${port}`,
      pin: { address: '127.0.0.1' },
      roots: ground.root.certificate,
      inject: { kind: 'postgres', tls: leg === 'TLS' ? 'verify' : 'off' },
    })
  }
  return { login: await afresh(), afresh, env: { PGSSLMODE: 'disable' }, pid: ground.broker }
}

function benchesOf(leg: Leg, ways: ReadonlyMap<ContenderName, Way | Error>): readonly SocketBench[] {
  const of = (measure: (way: Way, seconds: number) => Promise<number>, without: readonly ContenderName[] = []) =>
    new Map<ContenderName, Contender | Error>(
      [...ways]
        .filter(([name]) => !without.includes(name))
        .map(([name, way]) => {
          if (way instanceof Error) return [name, way]
          const pid = way.pid === undefined ? {} : { pid: way.pid }
          return [name, { ...pid, measure: (seconds) => measure(way, seconds) }]
        }),
    )
  const small = leg.toLowerCase()
  const common = { unit: 'tx/s', better: 'more', countsOperations: true } as const
  return [
    ...[1, 8, 32].map((clients) => ({
      ...common,
      name: `postgres-${clients}-${small}`,
      title: `PostgreSQL, one row by key, ${clients} clients, ${leg} to the server`,
      contenders: of((way, seconds) => pgbench(way, seconds, ['-c', String(clients), '-j', '2'])),
    })),
    {
      ...common,
      name: `postgres-new-${small}`,
      title: `PostgreSQL, a new connection for each transaction, 4 clients, ${leg} to the server`,
      contenders: of((way, seconds) => pgbench(way, seconds, ['-c', '4', '-j', '2', '-C'])),
    },
    {
      name: `postgres-copy-${small}`,
      title: `PostgreSQL, COPY of ${Math.round(wideMegabytes)} MB out, ${leg} to the server`,
      unit: 'MB/s',
      better: 'more',
      countsOperations: false,
      contenders: of(copyOut),
    },
    {
      name: `postgres-idle-${small}`,
      title: `PostgreSQL, memory for each of ${idleSessions} idle sessions, ${leg} to the server`,
      unit: 'KB',
      better: 'less',
      countsOperations: false,
      contenders: of(memoryOf, ['direct', 'pgbouncer']),
    },
  ]
}

async function pgbench({ login, env }: Way, seconds: number, further: readonly string[]): Promise<number> {
  const { host: address, port, user, password } = login
  const place = ['-h', address, '-p', String(port), '-U', user]
  const args = [...place, '-n', '-S', '-M', 'simple', '-s', '2', '-T', String(Math.ceil(seconds)), ...further, 'app']
  const { stdout } = await runTool('pgbench', args, { ...env, PGPASSWORD: password })
  const [, tps] = /^tps = ([\d.]+)/m.exec(stdout) ?? []
  if (tps === undefined) throw new Error('pgbench told no figure')
  return Number(tps)
}

async function copyOut({ login, env }: Way): Promise<number> {
  const { host: address, port, user, password } = login
  const place = ['-h', address, '-p', String(port), '-U', user, '-d', 'app']
  const startedAt = performance.now()
  const args = ['-X', '-q', '-o', '/dev/null', '-c', 'copy wide to stdout']
  await runTool('psql', [...place, ...args], { ...env, PGPASSWORD: password })
  return (wideMegabytes / (performance.now() - startedAt)) * 1000
}

async function memoryOf({ login: usual, afresh, pid = 0 }: Way): Promise<number> {
  const login = (await afresh?.()) ?? usual
  return idleMemory(pid, async () => {
    const client = await PostgresClient.connect(login.host, login.port)
    client.socket.write(startup({ user: login.user, database: 'app' }))
    const { body } = await client.message()
    if (body.readUInt32BE(0) !== 0) client.socket.write(say('p', `${login.password}\0`))
    await client.until('Z')
    await client.query('select 1')
    return client.socket
  })
}

function roleOf(leg: Leg): string {
  return leg === 'TLS' ? 'app_tls' : 'app_plain'
}

function rootFile({ folder, root }: SocketGround): string {
  const file = join(folder, 'root.pem')
  writeFileSync(file, root.certificate, { mode: 0o644 })
  return file
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
