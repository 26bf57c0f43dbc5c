import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'

/** Where sandboxes and grants are kept. Verifies the seal of every row that it returns. */
export interface SandboxStore {
  /** Writes the sandbox and its grants in one transaction. */
  create(sandbox: Sandbox, grants: readonly Grant[]): void
  /** Marks the sandbox and its grants as ended. */
  end(sandboxId: string, endedAt: string): void
  /** Marks every grant of a secret as ended, on every sandbox. */
  endGrantsOf(secretId: string, endedAt: string): void
  /** @throws CoatcheckError `row_tampered` */
  find(sandboxId: string): Sandbox | undefined
  /** Newest first, after `cursor`. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null): readonly Sandbox[]
  /** Grants of one sandbox, ended ones included. @throws CoatcheckError `row_tampered` */
  grantsOf(sandboxId: string): readonly Grant[]
  /** @throws CoatcheckError `row_tampered` */
  findGrantByPlaceholder(placeholderIndex: string): Grant | undefined
}
