import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'

/** One connection that a process serves, as the broker knows it. */
export interface LiveSession {
  readonly id: string
  readonly project: string
  readonly sandboxId: string
  readonly grantId: string
  readonly startedAtMs: number
  /** What its process was set up for. */
  readonly setup: string
  /** What caps hold for it, by id. */
  readonly holds: Set<string>
  /** Ends what the broker does for it. */
  readonly ending: AbortController
  /** What its intent said; absent until it was let through. */
  /** Its client has shown the placeholder. */
  hasShown?: true
  intent?: Omit<AuditEntry, 'kind'>
  /** Why it was told to end, where it was. */
  endedFor?: ProblemCode
  /** A connection to the service that is on its way to the process. */
  dialled?: Socket
}
