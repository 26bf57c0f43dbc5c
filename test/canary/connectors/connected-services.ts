import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { startExim } from '../../fixtures/exim-server.ts'
import { startMongodb } from '../../fixtures/mongodb/mongodb-server.ts'
import { startMysql } from '../../fixtures/mysql-server.ts'
import { startPostgres } from '../../fixtures/postgres-server.ts'
import { startRedis } from '../../fixtures/redis-server.ts'
import { skipWithout } from '../../fixtures/requirements.ts'
import { makeSshKey, startSshServer } from '../../fixtures/ssh-server.ts'
import type { TlsRoot } from '../../fixtures/tls-root.ts'
import { MysqlStandIn } from '../../wire/mysql-stand-in.ts'
import { startRefusing } from './refusing-services.ts'

/** Name of every service of a connector, which no resolver knows. */
const connectedHost = 'connected.service.test'

/** A service that runs, and the secret for it. */
export interface RunningService extends AsyncDisposable {
  readonly value: string
  readonly scope: Scope
  /** Path of a repository on it. */
  readonly repository?: string
  /** Takes no more logins with the value; absent where it never did. */
  refuse?(): void
  /** Whatever it was told, of one that repeats that. */
  heard?(): string
}

/** A service that a connector leads to. */
export interface ConnectedService {
  /** Of its function in `try-clients.sh`; in capitals, the variable of its secret. */
  readonly name: string
  /** Reason why it cannot be had here, or `false`. */
  readonly skip: string | false
  /** @param password that it takes, or repeats */
  start(password: string, root: TlsRoot): Promise<RunningService>
}

function scopeOf(kind: string, port: number, root: TlsRoot, more: Partial<InjectorSpec> = {}): Scope {
  const inject = { kind, ...more }
  return { to: `${kind}://${connectedHost}:${port}`, pin: { address: '127.0.0.1' }, roots: root.certificate, inject }
}

/** A service of which nothing is left to be said but its secret. */
function running(
  server: AsyncDisposable,
  value: string,
  scope: Scope,
  more: Pick<RunningService, 'refuse' | 'heard' | 'repository'> = {},
): RunningService {
  return { value, scope, ...more, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const other = 'another password'
const notRoot = process.getuid?.() === 0 ? false : 'Exim starts for root alone'

/** One of every kind, and those that take no login and repeat what they were shown. */
export const connectedServices: readonly ConnectedService[] = [
  {
    name: 'postgres',
    skip: skipWithout('PostgreSQL', 'psql'),
    async start(password, root) {
      const server = await startPostgres({
        tls: root.leaf(connectedHost),
        access: ['hostssl all app 127.0.0.1/32 scram-sha-256'],
        statements: [`create role app login password '${password}'`, 'create database app owner app'],
      })
      const url = `postgres://app:${password}@${connectedHost}:${server.port}/app`
      const refuse = () => void server.query(`alter role app password '${other}'`)
      return running(server, url, scopeOf('postgres', server.port, root), { refuse })
    },
  },
  {
    name: 'mysql',
    skip: skipWithout('MariaDB', 'mariadb'),
    async start(password, root) {
      const server = await startMysql({
        tls: root.leaf(connectedHost),
        statements: [`create user app@'%' identified by '${password}' require ssl`],
      })
      const url = `mysql://app:${password}@${connectedHost}:${server.port}/`
      const refuse = () => void server.query(`alter user app@'%' identified by '${other}'`)
      return running(server, url, scopeOf('mysql', server.port, root), { refuse })
    },
  },
  {
    name: 'redis',
    skip: skipWithout('redis-server', 'redis-cli'),
    async start(password, root) {
      const settings = [`user app on >${password} ~* &* +@all`]
      const server = await startRedis({ tls: root.leaf(connectedHost), settings })
      const url = `rediss://app:${password}@${connectedHost}:${server.tlsPort}`
      const refuse = () => void server.cli('ACL', 'SETUSER', 'app', 'resetpass', '>another')
      return running(server, url, scopeOf('redis', server.tlsPort, root), { refuse })
    },
  },
  {
    name: 'smtp',
    skip: notRoot || skipWithout('Exim', 'curl'),
    async start(password, root) {
      const server = await startExim(root.leaf(connectedHost), connectedHost, password)
      const { submission } = server.ports
      const url = `smtp://agent%40service.test:${password}@${connectedHost}:${submission}`
      const refuse = () => server.setPassword(other)
      return running(server, url, scopeOf('smtp', submission, root), { refuse })
    },
  },
  {
    name: 'mongodb',
    skip: skipWithout('python3-pymongo'),
    async start(password, root) {
      const users = new Map([['admin.app', { password, mechanisms: ['SCRAM-SHA-256'] }]])
      const server = await startMongodb({
        tls: root.leaf(connectedHost),
        users,
        // Whoever is refused is told why, and more than that.
        forge: (reply) => (reply['ok'] === 0 ? { ...reply, errmsg: `${reply['errmsg']}: ${password}` } : reply),
      })
      const url = `mongodb://app:${password}@${connectedHost}:${server.port}/app?authSource=admin`
      const refuse = () => void users.set('admin.app', { password: other, mechanisms: ['SCRAM-SHA-256'] })
      return running(server, url, scopeOf('mongodb', server.port, root, { tls: 'verify' }), { refuse })
    },
  },
  {
    name: 'ssh_git',
    skip: skipWithout('sshd', 'ssh', 'ssh-keygen', 'git'),
    async start(_, root) {
      const { privateKey, publicKey } = makeSshKey('ed25519')
      const server = await startSshServer({ keys: [publicKey] })
      const repository = join(server.folder, 'attic.git')
      makeRepository(repository)
      const hostKeys = [server.fingerprint('ed25519')]
      const { roots: _roots, ...scope } = scopeOf('ssh', server.port, root, { user: server.user, hostKeys })
      return running(server, privateKey, scope, { repository, refuse: () => server.letIn([]) })
    },
  },
  ...(['postgres', 'redis', 'smtp'] as const).map(
    (kind): ConnectedService => ({
      name: `${kind}_refusing`,
      skip: { postgres: skipWithout('psql'), redis: skipWithout('redis-cli'), smtp: skipWithout('curl') }[kind],
      async start(password, root) {
        const server = await startRefusing(kind, root.leaf(connectedHost))
        const url = `${kind === 'redis' ? 'rediss' : kind}://app:${password}@${connectedHost}:${server.port}`
        return running(server, url, scopeOf(kind, server.port, root), { heard: () => server.heard() })
      },
    }),
  ),
  {
    name: 'mysql_refusing',
    skip: skipWithout('mariadb'),
    async start(password, root) {
      const server = await MysqlStandIn.start()
      server.become({ password, plugin: 'mysql_clear_password', refusal: `no login with ${password}` })
      const url = `mysql://app:${password}@${connectedHost}:${server.port}/`
      return running(server, url, scopeOf('mysql', server.port, root))
    },
  },
]

/** A bare repository with one commit. */
function makeRepository(path: string): void {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: path, GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Fixture', '-c', 'user.email=fixture@example.test', ...args], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  git('init', '--quiet', '--bare', '--initial-branch=main', path)
  const tree = git('-C', path, 'write-tree')
  git('-C', path, 'update-ref', 'refs/heads/main', git('-C', path, 'commit-tree', tree, '-m', 'First commit'))
}
