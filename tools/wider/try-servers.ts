import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CreatedSandbox } from '@coatcheck/contract'
import { runToEnd } from '../../test/fixtures/finished-process.ts'
import { cancel, PostgresClient, say, startup } from '../../test/wire/postgres-client.ts'
import { Cage } from './caged-server.ts'
import { tryMariadb } from './try-mariadb.ts'
import { type Outcome, openWiderScene, serviceHost, tried, type WiderScene } from './wider-scene.ts'

/** Between words that break a statement off. */
const pauseMs = 500
const password = randomBytes(18).toString('hex')

/**
 * Tries every server that is installed.
 * @param root folder of a system
 * @param mariadbRoot the same, of the one that has MariaDB
 */
export async function tryServers(root: string, mariadbRoot: string): Promise<readonly Outcome[]> {
  await using scene = await openWiderScene()
  const outcomes: Outcome[] = []
  const servers = {
    'PostgreSQL 18': [root, 'usr/lib/postgresql/18/bin/postgres', tryPostgres],
    'Redis 8': [root, 'usr/bin/redis-server', tryRedis('/usr/bin/redis-server')],
    'Valkey 9': [root, 'usr/bin/valkey-server', tryRedis('/usr/bin/valkey-server')],
    'MySQL 9': [root, 'usr/sbin/mysqld', tryMysql],
    'MariaDB 11.8': [mariadbRoot, 'usr/sbin/mariadbd', tryMariadb],
  } as const
  for (const [name, [system, program, attempt]] of Object.entries(servers)) {
    if (!existsSync(join(system, program))) {
      outcomes.push({ what: name, said: 'not tried: it is not installed' })
      continue
    }
    console.error(`trying ${name}`)
    using cage = new Cage(system)
    const found = await attempt(cage, scene).catch((error: unknown) => [{ what: 'it starts', said: `no: ${error}` }])
    outcomes.push(...found.map(({ what, said }) => ({ what: `${name}: ${what}`, said })))
  }
  // Its engine speaks SQL alone; what speaks the protocol of MongoDB before it is not there.
  outcomes.push({ what: 'DocumentDB', said: 'not tried: nothing here speaks the protocol of MongoDB before it' })
  return outcomes
}

async function tryPostgres(cage: Cage, scene: WiderScene): Promise<readonly Outcome[]> {
  const bin = '/usr/lib/postgresql/18/bin'
  const data = join(cage.folder, 'data')
  cage.run(`${bin}/initdb`, ['-D', data, '-U', 'postgres', '--no-sync', '-A', 'trust'])
  const { certificate, key } = scene.root.leaf(serviceHost)
  const files = { ssl_cert_file: cage.keep('server.crt', certificate), ssl_key_file: cage.keep('server.key', key) }
  const access = ['local all postgres trust', 'hostssl all app 127.0.0.1/32 scram-sha-256']
  const settings = {
    ...files,
    ssl: 'on',
    hba_file: cage.keep('pg_hba.conf', `${access.join('\n')}\n`),
    unix_socket_directories: cage.folder,
    dynamic_shared_memory_type: 'mmap',
    fsync: 'off',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { port, server } = await cage.start(`${bin}/postgres`, (free) => ['-D', data, '-p', String(free), ...flags])
  await using _server = server
  const statements = `create role app login password '${password}';\ncreate database app owner app;\n`
  const socket = ['-h', cage.folder, '-p', String(port), '-U', 'postgres']
  await cage.runSoon(`${bin}/psql`, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...socket], statements)
  const open = (tls: string) =>
    scene.open(`postgres://app:${password}@${serviceHost}:${port}/app`, {
      to: `postgres://${serviceHost}:${port}`,
      inject: { kind: 'postgres', tls, login: 'scram' },
    })
  const ask = 'select current_user'
  return [
    await tried('psql of this machine, bound to the certificate', async () => psql(await open('verify'), ask), 'app'),
    await tried('TLS from the first byte', async () => psql(await open('direct'), ask), 'app'),
    await tried(
      'psql 18, protocol 3.2',
      async () => {
        const { env } = (await open('verify')).connect
        const own = { ...env, PGMAXPROTOCOLVERSION: '3.2', PGMINPROTOCOLVERSION: '3.2' }
        return cage.ask(`${bin}/psql`, ['-X', '-A', '-t', '-c', ask], own)
      },
      'app',
    ),
    await tried('a statement is cancelled by a long key', async () => cancelled(await open('direct')), '57014'),
  ]
}

async function psql({ connect: { env } }: CreatedSandbox, statement: string): Promise<string> {
  const { stdout, stderr } = await runToEnd(['/usr/bin/psql', '-X', '-A', '-t', '-c', statement], { env: { ...env } })
  return stdout + stderr
}

async function cancelled({ connect: { env } }: CreatedSandbox): Promise<string> {
  const port = Number(env['PGPORT'])
  const client = await PostgresClient.connect('127.0.0.1', port)
  client.socket.write(startup({}, 0x3_0002))
  await client.until('R')
  client.socket.write(say('p', `${env['PGPASSWORD']}\0`))
  const key = (await client.until('Z')).find(({ type }) => type === 'K')!.body
  client.socket.write(say('Q', 'select pg_sleep(20)\0'))
  // The word that comes before the statement does nothing.
  const again = setInterval(() => {
    void PostgresClient.connect('127.0.0.1', port).then(({ socket }) => socket.write(cancel(key)))
  }, pauseMs)
  const [refusal] = (await client.until('E', 'Z')).slice(-1)
  clearInterval(again)
  client.socket.destroy()
  return /C(\d{5})\0/.exec(String(refusal?.body))?.[1] ?? 'it ran to its end'
}

function tryRedis(program: string) {
  return async (cage: Cage, scene: WiderScene): Promise<readonly Outcome[]> => {
    const file = cage.keep('server.conf', `requirepass ${password}\nsave ""\nbind 127.0.0.1\ndir ${cage.folder}\n`)
    const { port, server } = await cage.start(program, (free) => [file, '--port', String(free)])
    await using _server = server
    const act = async (): Promise<string> => {
      const { connect } = await scene.open(`redis://:${password}@${serviceHost}:${port}`, {
        to: `redis://${serviceHost}:${port}`,
        inject: { kind: 'redis', tls: 'off' },
      })
      const command = ['/usr/bin/redis-cli', '--no-auth-warning', '-u', connect.env['SERVICE_URL']!, 'set', 'a', 'b']
      const { stdout, stderr } = await runToEnd(command, { env: {} })
      return stdout + stderr
    }
    return [await tried('redis-cli of this machine', act, 'OK')]
  }
}

async function tryMysql(cage: Cage, scene: WiderScene): Promise<readonly Outcome[]> {
  const data = join(cage.folder, 'data')
  const common = ['--no-defaults', `--datadir=${data}`, '--secure-file-priv=NULL']
  cage.run('/usr/sbin/mysqld', [...common, '--initialize-insecure'])
  const socket = join(cage.folder, 'socket')
  const listen = (port: number) => [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${socket}`, '--mysqlx=OFF']
  const { port, server } = await cage.start('/usr/sbin/mysqld', (free) => [...common, ...listen(free)])
  await using _server = server
  const statements = `create user app identified by '${password}'; create database app; grant all on app.* to app`
  await cage.runSoon('/usr/bin/mysql', ['--no-defaults', '-u', 'root', `--socket=${socket}`], statements)
  const act = async (): Promise<string> => {
    const { connect } = await scene.open(`mysql://app:${password}@${serviceHost}:${port}/app`, {
      to: `mysql://${serviceHost}:${port}`,
      inject: { kind: 'mysql', tls: 'off' },
    })
    const { hostname, port: own, username, password: placeholder } = new URL(connect.env['SERVICE_URL']!)
    const place = ['-h', hostname, '-P', own, '-u', username, '--skip-ssl', '-N', '-B', '-e', "select 'works'"]
    const { stdout, stderr } = await runToEnd(['/usr/bin/mariadb', '--no-defaults', ...place], {
      env: { MYSQL_PWD: placeholder },
    })
    return stdout + stderr
  }
  return [await tried('mariadb of this machine', act, 'works')]
}
