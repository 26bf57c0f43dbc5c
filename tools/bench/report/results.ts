import type { PeerName } from '../peers/peer.ts'
import type { Row } from '../run-scenario.ts'
import type { Machine } from './machine.ts'

/** A scenario and its rows. */
export interface ScenarioResults {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly rows: readonly Row[]
}

/** A peer that took part, or could not. */
export interface PeerEntry {
  readonly name: PeerName
  readonly title: string
  /** Null where it is not installed. */
  readonly version: string | null
}

/** What a goal asks for and what was reached. Values are ratios, or in the unit that is named. */
export interface GoalResult {
  readonly what: string
  readonly unit: string
  readonly gate: number
  readonly aim: number
  /** Null where it was not measured. */
  readonly value: number | null
  readonly reached: 'aim' | 'gate' | 'neither' | 'not measured'
}

/** All that one run of the bench found. */
export interface Results {
  readonly startedAt: string
  /** False when it was interrupted: scenarios are missing then. */
  readonly isComplete: boolean
  readonly machine: Machine
  /** Who answered the requests. */
  readonly origin: string
  readonly rounds: number
  /** The plane that the goals are about. */
  readonly product: 'own' | 'reference'
  readonly peers: readonly PeerEntry[]
  readonly scenarios: readonly ScenarioResults[]
  readonly goals: readonly GoalResult[]
}
