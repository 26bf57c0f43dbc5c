import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../test/fixtures/free-port.ts'
import { RedisClient } from '../../../test/wire/redis-client.ts'
import { findProgram } from '../measure/find-program.ts'
import { launch } from '../measure/launch.ts'
import { programVersion } from '../peers/program-version.ts'
import { idleMemory, idleSessions } from './idle-memory.ts'
import { runTool } from './run-tool.ts'
import type { Contender, ContenderName, PreparedProtocol, SocketBench } from './socket-bench.ts'
import type { Login, SocketGround } from './socket-ground.ts'

const host = 'cache.bench.test'
/** Requests for each second that is asked for; a run is counted, not timed. */
const perSecond = { single: 10_000, many: 30_000, pipelined: 150_000 }

/** Redis: direct, and behind the broker where it has a connector for it. */
export async function prepareRedis(ground: SocketGround): Promise<PreparedProtocol> {
  const program = findProgram('redis-server')
  if (program === undefined) throw new Error('redis-server is not installed')
  const password = randomBytes(24).toString('hex')
  const port = await freePort()
  const file = join(ground.folder, 'redis.conf')
  const settings = ['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`, 'save ""', 'appendonly no']
  writeFileSync(file, `${settings.join('\n')}\n`, { mode: 0o600 })
  const server = await launch({ file: program, args: [file], env: {}, cwd: ground.folder }, port)
  const direct: Login = { host: '127.0.0.1', port, user: '', password }
  const scope = { to: `redis://${host}:${port}`, pin: { address: '127.0.0.1' }, inject: { kind: 'redis', tls: 'off' } }
  const grant = (name: string): Promise<Login> => ground.grant(name, `redis://:${password}@${host}:${port}`, scope)
  const own = await grant('redis').catch(asError)
  let fresh = 0
  // A grant of its own, so that none of what others left counts.
  const memory = async (): Promise<number> => {
    fresh += 1
    const login = await grant(`redis-idle-${fresh}`)
    return idleMemory(ground.broker, () => idleSession(login))
  }
  const contenders = (args: readonly string[], rate: number) =>
    new Map<ContenderName, Contender | Error>([
      ['direct', { measure: (seconds) => load(direct, args, rate * seconds) }],
      [
        'coatcheck',
        own instanceof Error ? own : { pid: ground.broker, measure: (seconds) => load(own, args, rate * seconds) },
      ],
    ])
  const common = { unit: 'GET/s', better: 'more', countsOperations: true } as const
  const benches: readonly SocketBench[] = [
    {
      ...common,
      name: 'redis-1',
      title: 'Redis, GET, 1 client',
      contenders: contenders(['-c', '1'], perSecond.single),
    },
    {
      ...common,
      name: 'redis-50',
      title: 'Redis, GET, 50 clients',
      contenders: contenders(['-c', '50'], perSecond.many),
    },
    {
      ...common,
      name: 'redis-pipelined',
      title: 'Redis, GET, 50 clients, pipelines of 16',
      contenders: contenders(['-c', '50', '-P', '16'], perSecond.pipelined),
    },
    {
      name: 'redis-idle',
      title: `Redis, memory for each of ${idleSessions} idle sessions`,
      unit: 'KB',
      better: 'less',
      countsOperations: false,
      contenders: new Map<ContenderName, Contender | Error>([
        ['coatcheck', own instanceof Error ? own : { pid: ground.broker, measure: memory }],
      ]),
    },
  ]
  const version = (await programVersion('redis-server', ['--version'], /v=([\d.]+)/)) ?? 'of an unknown version'
  return { benches, versions: [`Redis ${version}`], [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function load(login: Login, further: readonly string[], requests: number): Promise<number> {
  const place = ['-h', login.host, '-p', String(login.port), ...(login.user === '' ? [] : ['--user', login.user])]
  const args = [...place, '-a', login.password, '-t', 'get', '-n', String(Math.ceil(requests)), '--csv', ...further]
  const { stdout, stderr } = await runTool('redis-benchmark', args)
  const [, rate] = /^"GET[^"]*","([\d.]+)"/m.exec(stdout) ?? []
  if (rate === undefined || /error/i.test(stderr)) throw new Error(`redis-benchmark told no figure: ${stderr.trim()}`)
  return Number(rate)
}

async function idleSession({ host: address, port, password }: Login) {
  const client = await RedisClient.connect(address, port)
  const replies = [await client.call('AUTH', password), await client.call('GET', 'none')]
  if (replies[0] !== 'OK') throw new Error(`no login: ${String(replies[0])}`)
  return client.socket
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
