import type { ActivityRow, JournalHead } from '../audit-event.ts'

/** Result of `GET /v1/audit/verification`. */
export interface AuditVerification {
  readonly ok: boolean
  readonly records: number
  readonly journals: number
  /** What is wrong, one sentence each, with file and line. */
  readonly faults: readonly string[]
  /** Since when nothing has been anchored outside; null when the last record is anchored. */
  readonly unanchoredSince: string | null
}

/** A signed statement of how far the journals went. Kept outside, it shows every later edit before that point. */
export interface AuditCheckpoint {
  /** RFC 3339, UTC. */
  readonly at: string
  /** Every journal that no other journal continues from; those that they link to are covered as well. */
  readonly heads: readonly JournalHead[]
  /** Ed25519 key that signed it, PEM. */
  readonly publicKey: string
  /** Base64. */
  readonly signature: string
}

/** Parameters of the activity lists; absent ones match everything. */
export interface ActivityQuery {
  readonly sandbox?: string
  readonly secret?: string
  readonly host?: string
  readonly decision?: ActivityRow['decision']
  /** Inclusive, RFC 3339. */
  readonly since?: string
  readonly status?: number
  /** At most 1,000. */
  readonly limit?: number
  readonly cursor?: string
}
