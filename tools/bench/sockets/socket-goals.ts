import { median, pairedRatio } from '../measure/statistics.ts'
import type { ContenderName } from './socket-bench.ts'
import type { SocketGoalResult, SocketTable } from './socket-results.ts'

interface SocketGoal {
  readonly what: string
  readonly bench: string
  /** Absent: the figure itself is judged. */
  readonly against?: ContenderName
  readonly gate: number
}

const goals: readonly SocketGoal[] = [
  ...['8', '32'].flatMap((clients) =>
    ['plain', 'TLS'].map((leg) => ({
      what: `PostgreSQL, ${clients} clients, ${leg}, against pgbouncer`,
      bench: `postgres-${clients}-${leg.toLowerCase()}`,
      against: 'pgbouncer' as const,
      gate: 0.9,
    })),
  ),
  ...['plain', 'TLS'].map((leg) => ({
    what: `PostgreSQL, new connections, ${leg}, against direct`,
    bench: `postgres-new-${leg.toLowerCase()}`,
    against: 'direct' as const,
    gate: 1,
  })),
  { what: 'PostgreSQL, COPY, TLS, against direct', bench: 'postgres-copy-tls', against: 'direct', gate: 0.6 },
  { what: 'PostgreSQL, KB per idle session, plain', bench: 'postgres-idle-plain', gate: 100 },
  { what: 'PostgreSQL, KB per idle session, TLS', bench: 'postgres-idle-tls', gate: 180 },
  { what: 'Redis, 50 clients, against direct', bench: 'redis-50', against: 'direct', gate: 0.2 },
  { what: 'Redis, pipelines of 16, against direct', bench: 'redis-pipelined', against: 'direct', gate: 0.25 },
  { what: 'MySQL, 8 threads, against direct', bench: 'mysql-8', against: 'direct', gate: 0.3 },
]

/** Compares what was measured of Coatcheck with what it is meant to reach. */
export function judgeSocketGoals(tables: readonly SocketTable[]): readonly SocketGoalResult[] {
  return goals.map(({ what, bench, against, gate }) => {
    const rows = tables.find(({ name }) => name === bench)?.rows
    const valuesOf = (name: ContenderName) =>
      rows
        ?.find(({ contender, voidReason }) => contender === name && voidReason === undefined)
        ?.rounds.map(({ value }) => value) ?? []
    const own = valuesOf('coatcheck')
    const value = against === undefined ? median(own) : pairedRatio(own, valuesOf(against))
    if (value === undefined) return { what, gate, value: null, isReached: null }
    return { what, gate, value, isReached: against === undefined ? value <= gate : value >= gate }
  })
}
