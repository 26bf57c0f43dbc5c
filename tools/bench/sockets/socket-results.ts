import type { Machine } from '../report/machine.ts'
import type { ContenderName } from './socket-bench.ts'

/** What one round measured of a contender. */
export interface SocketFigures {
  readonly value: number
  /** Processor time for each operation, in microseconds. */
  readonly cpuUs?: number
}

/** One contender of one bench. */
export interface SocketRow {
  readonly contender: ContenderName
  readonly rounds: readonly SocketFigures[]
  /** Why the row says nothing; absent where it is good. */
  readonly voidReason?: string
}

/** All rows of one bench. */
export interface SocketTable {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly rows: readonly SocketRow[]
}

/** What a goal asks for, and what was reached: a ratio, or a figure in the unit of its bench. */
export interface SocketGoalResult {
  readonly what: string
  readonly gate: number
  /** Null where it was not measured. */
  readonly value: number | null
  readonly isReached: boolean | null
}

/** All that one run found. */
export interface SocketResults {
  readonly startedAt: string
  readonly machine: Machine
  readonly rounds: number
  readonly seconds: number
  readonly versions: readonly string[]
  readonly tables: readonly SocketTable[]
  readonly goals: readonly SocketGoalResult[]
}
