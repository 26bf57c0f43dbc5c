import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { findProgram } from '../measure/find-program.ts'
import { launch } from '../measure/launch.ts'
import { programVersion } from '../peers/program-version.ts'
import { runTool } from './run-tool.ts'
import type { Contender, ContenderName, PreparedProtocol, SocketBench } from './socket-bench.ts'
import { type Login, nobody, type SocketGround } from './socket-ground.ts'

const host = 'mysql.bench.test'
const tableRows = 10_000

/** MariaDB: direct, and behind the broker where it has a connector for it. */
export async function prepareMysql(ground: SocketGround): Promise<PreparedProtocol> {
  const [program, install] = [findProgram('mariadbd'), findProgram('mariadb-install-db')]
  if (program === undefined || install === undefined) throw new Error('MariaDB is not installed')
  const password = randomBytes(24).toString('hex')
  const port = await freePort()
  const data = join(ground.folder, 'mysql')
  mkdirSync(data, { mode: 0o700 })
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(data, nobody, nobody)
  const user = isRoot ? ['--user=nobody'] : []
  const socket = join(data, 'socket')
  execFileSync(install, ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', ...user], {
    stdio: 'ignore',
  })
  const listen = ['--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`]
  const args = ['--no-defaults', `--datadir=${data}`, ...listen, '--skip-name-resolve', ...user]
  const server = await launch({ file: program, args, env: {}, cwd: ground.folder }, port)
  const direct: Login = { host: '127.0.0.1', port, user: 'app', password }
  try {
    const statements = [
      'create database sbtest',
      `create user app@'127.0.0.1' identified by '${password}'`,
      "grant all on sbtest.* to app@'127.0.0.1'",
    ]
    await runTool('mariadb', ['--no-defaults', '-u', 'root', `--socket=${socket}`, '-e', statements.join('; ')])
    await sysbench(direct, 1, 1, 'prepare')
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
  const scope = { to: `mysql://${host}:${port}`, pin: { address: '127.0.0.1' }, inject: { kind: 'mysql', tls: 'off' } }
  const own = await ground.grant('mysql', `mysql://app:${password}@${host}:${port}/sbtest`, scope).catch(asError)
  const benches = [1, 8, 32].map(
    (threads): SocketBench => ({
      name: `mysql-${threads}`,
      title: `MariaDB, one row by key, ${threads} threads`,
      unit: 'tx/s',
      better: 'more',
      countsOperations: true,
      contenders: new Map<ContenderName, Contender | Error>([
        ['direct', { measure: (seconds) => sysbench(direct, threads, seconds, 'run') }],
        [
          'coatcheck',
          own instanceof Error
            ? own
            : { pid: ground.broker, measure: (seconds) => sysbench(own, threads, seconds, 'run') },
        ],
      ]),
    }),
  )
  const version = (await programVersion('mariadbd', ['--version'], /Ver ([\d.]+)/)) ?? 'of an unknown version'
  const tool = (await programVersion('sysbench', ['--version'], /([\d.]+)/)) ?? '(not installed)'
  const versions = [`MariaDB ${version}`, `sysbench ${tool}`]
  return { benches, versions, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function sysbench(login: Login, threads: number, seconds: number, what: 'prepare' | 'run'): Promise<number> {
  const place = [`--mysql-host=${login.host}`, `--mysql-port=${login.port}`, `--mysql-user=${login.user}`]
  const work = [
    `--table-size=${tableRows}`,
    '--db-ps-mode=disable',
    `--threads=${threads}`,
    `--time=${Math.ceil(seconds)}`,
  ]
  const secret = `--mysql-password=${login.password}`
  const { stdout } = await runTool('sysbench', ['oltp_point_select', ...place, secret, ...work, what])
  const [, rate] = /transactions:\s+\d+\s+\(([\d.]+) per sec\.\)/.exec(stdout) ?? []
  if (what === 'run' && rate === undefined) throw new Error('sysbench told no figure')
  return Number(rate)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
