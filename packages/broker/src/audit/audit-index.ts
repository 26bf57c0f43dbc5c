import type { ActivityRow, Page } from '@coatcheck/contract'

/** What to list; absent fields match everything. */
export interface ActivityFilter {
  readonly project: string
  readonly kinds?: readonly ActivityRow['kind'][]
  readonly sandbox?: string
  /** Name of a secret. */
  readonly secret?: string
  readonly host?: string
  readonly decision?: ActivityRow['decision']
  /** Inclusive, RFC 3339. */
  readonly since?: string
  readonly status?: number
  /** At most 1,000. */
  readonly limit: number
  /** From an earlier page. */
  readonly cursor?: string
  /** `newest` (default) lists backwards in time; `oldest` forwards, which is what following needs. */
  readonly order?: 'newest' | 'oldest'
}

/** Answers questions about the journal. Catches up with the journal files before it answers. */
export interface AuditIndex {
  /** Resolves when little is left to catch up with; lets others do their work in between, which `query` does not. */
  ready(): Promise<void>
  query(filter: ActivityFilter): Page<ActivityRow>
}
