import { treeCpuSeconds } from '../measure/process-tree.ts'
import { describeMachine, presentLoad } from '../report/machine.ts'
import { prepareMysql } from './mysql-benches.ts'
import { preparePostgres } from './postgres-benches.ts'
import { prepareRedis } from './redis-benches.ts'
import type { Contender, ContenderName, PreparedProtocol, SocketBench } from './socket-bench.ts'
import { judgeSocketGoals } from './socket-goals.ts'
import { openSocketGround, type SocketGround } from './socket-ground.ts'
import type { SocketOptions } from './socket-options.ts'
import type { SocketFigures, SocketResults, SocketRow, SocketTable } from './socket-results.ts'

/** Protocols, and how their servers are made ready. */
const protocols: Readonly<Record<string, (ground: SocketGround) => Promise<PreparedProtocol>>> = {
  postgres: preparePostgres,
  redis: prepareRedis,
  mysql: prepareMysql,
}

/** Runs the benches of sockets. Whatever it started has ended and whatever it wrote is gone when this settles. */
export async function runSockets(options: SocketOptions, progress: (text: string) => void): Promise<SocketResults> {
  const { only, product, rounds, seconds } = options
  const startedAt = new Date().toISOString()
  const loads = [presentLoad()]
  const tables: SocketTable[] = []
  const versions = [`coatcheck on Node ${process.versions.node}`]
  await using ground = await openSocketGround(product)
  for (const [name, prepare] of Object.entries(protocols)) {
    if (only !== undefined && !only.some((wanted) => wanted.startsWith(name))) continue
    progress(`preparing ${name}`)
    const prepared = await prepare(ground).catch(asError)
    if (prepared instanceof Error) {
      versions.push(`${name}: ${prepared.message}`)
      continue
    }
    await using protocol = prepared
    versions.push(...protocol.versions)
    for (const bench of protocol.benches) {
      if (only !== undefined && !only.some((wanted) => bench.name.startsWith(wanted))) continue
      tables.push(await runBench(bench, rounds, seconds, progress))
      loads.push(presentLoad())
    }
  }
  const machine = describeMachine(loads)
  return { startedAt, machine, rounds, seconds, versions, tables, goals: judgeSocketGoals(tables) }
}

/** Contenders take turns in every round, so that neighbours on the machine disturb them alike. */
async function runBench(
  { name, title, unit, better, countsOperations, contenders }: SocketBench,
  rounds: number,
  seconds: number,
  progress: (text: string) => void,
): Promise<SocketTable> {
  const rows = new Map<ContenderName, { readonly rounds: SocketFigures[]; voidReason?: string }>()
  for (const [contender, way] of contenders) {
    rows.set(contender, { rounds: [], ...(way instanceof Error && { voidReason: way.message }) })
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, way] of contenders) {
      const row = rows.get(contender)!
      if (way instanceof Error || row.voidReason !== undefined) continue
      progress(`${name}, round ${round + 1} of ${rounds}: ${contender}`)
      try {
        row.rounds.push(await measured(way, seconds, countsOperations))
      } catch (error) {
        row.voidReason = asError(error).message
      }
    }
  }
  const told = [...rows].map(([contender, row]): SocketRow => ({ contender, ...row }))
  return { name, title, unit, better, rows: told }
}

async function measured({ measure, pid }: Contender, seconds: number, counts: boolean): Promise<SocketFigures> {
  const [before, startedAt] = [pid === undefined ? 0 : treeCpuSeconds(pid), performance.now()]
  const value = await measure(seconds)
  if (pid === undefined || !counts) return { value }
  const done = (value * (performance.now() - startedAt)) / 1000
  return { value, cpuUs: ((treeCpuSeconds(pid) - before) / done) * 1e6 }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
