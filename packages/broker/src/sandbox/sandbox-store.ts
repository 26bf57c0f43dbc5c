import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'

/** What a change makes of a sandbox; of its grants, those that are new or changed. */
export interface Amendment {
  readonly sandbox: Sandbox
  readonly grants: readonly Grant[]
}

/** What was alive, and has ended. */
export interface Ended {
  /** Ids of the sandboxes. */
  readonly sandboxes: readonly string[]
  readonly grants: readonly Grant[]
}

/** Which living grants are listed. */
export interface GrantFilter {
  readonly project: string
  readonly secretId?: string
  readonly sandboxId?: string
  /** Grants that expire no later than this are left out. */
  readonly now: string
  readonly limit: number
  /** Id of the grant that the page before ended with. */
  readonly cursor: string | null
}

/** Where sandboxes and grants are kept. Verifies the seal of every row that it returns. */
export interface SandboxStore {
  /** Writes the sandbox and its grants in one transaction. */
  create(sandbox: Sandbox, grants: readonly Grant[]): void
  /**
   * Changes a sandbox that has not ended, and grants of it, in one transaction that sees the rows as they are; `edit` uses no
   * store itself.
   * @throws CoatcheckError `sandbox_not_found` | `sandbox_ended` | `row_tampered`, and whatever `edit` throws
   */
  amend(sandboxId: string, edit: (sandbox: Sandbox, living: readonly Grant[]) => Amendment): Amendment
  /** Marks sandboxes and their grants as ended, in one transaction. @returns what of them was alive */
  end(sandboxIds: readonly string[], endedAt: string): Ended
  /** Marks every grant of a secret as ended, on every sandbox. @returns those that were alive */
  endGrantsOf(secretId: string, endedAt: string): readonly Grant[]
  /** Removes at most `limit` sandboxes that ended, or expired, before an instant, with their grants. @returns how many */
  prune(before: string, limit: number): number
  /** @throws CoatcheckError `row_tampered` */
  find(sandboxId: string): Sandbox | undefined
  /** Newest first, after `cursor`; sandboxes and virtual keys, or one of both. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null, kind?: 'sandbox' | 'key'): readonly Sandbox[]
  /** Grants of a project that have not ended, newest first. @throws CoatcheckError `row_tampered` */
  listGrants(filter: GrantFilter): readonly Grant[]
  /** @throws CoatcheckError `row_tampered` */
  findGrant(grantId: string): Grant | undefined
  /** Grants of one sandbox, ended ones included. @throws CoatcheckError `row_tampered` */
  grantsOf(sandboxId: string): readonly Grant[]
  /** @throws CoatcheckError `row_tampered` */
  findGrantByPlaceholder(placeholderIndex: string): Grant | undefined
}
