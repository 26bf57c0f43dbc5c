import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import type { Amounts } from '../caps/amounts.ts'

/** One connection that a process serves, as the broker knows it. */
export interface LiveSession {
  readonly id: string
  readonly project: string
  readonly sandboxId: string
  readonly grantId: string
  readonly startedAtMs: number
  /** What its process was set up for. */
  readonly setup: string
  /** What caps hold for it, by id, and what of that is counted should its process be killed; what is absent counts as it was held. */
  readonly holds: Map<string, Amounts>
  /** Ends what the broker does for it. */
  readonly ending: AbortController
  /** Its client has shown the placeholder. */
  hasShown?: true
  /** What its intent said; absent until it was let through. */
  intent?: Omit<AuditEntry, 'kind'>
  /** Nothing is held for it any more. */
  isOver?: true
  /** Why it was told to end, where it was. */
  endedFor?: ProblemCode
  /** A connection to the service that is on its way to the process. */
  dialled?: Socket
}
