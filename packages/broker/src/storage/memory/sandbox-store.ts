import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'

/** Keeps sandboxes and grants for the life of the process; for tests. */
export class MemorySandboxStore implements SandboxStore {
  readonly #sandboxes = new Map<string, Sandbox>()
  readonly #grants = new Map<string, Grant>()

  create(sandbox: Sandbox, grants: readonly Grant[]): void {
    this.#sandboxes.set(sandbox.id, structuredClone(sandbox))
    for (const grant of grants) this.#grants.set(grant.id, structuredClone(grant))
  }

  end(sandboxId: string, endedAt: string): void {
    const sandbox = this.#sandboxes.get(sandboxId)
    if (sandbox !== undefined && sandbox.endedAt === null) this.#sandboxes.set(sandboxId, { ...sandbox, endedAt })
    this.#endGrants(({ sandboxId: owner }) => owner === sandboxId, endedAt)
  }

  endGrantsOf(secretId: string, endedAt: string): void {
    this.#endGrants((grant) => grant.secretId === secretId, endedAt)
  }

  find(sandboxId: string): Sandbox | undefined {
    return structuredClone(this.#sandboxes.get(sandboxId))
  }

  list(project: string, limit: number, cursor: string | null): readonly Sandbox[] {
    const last = cursor === null ? undefined : this.#sandboxes.get(cursor)
    if (cursor !== null && last === undefined) return []
    return [...this.#sandboxes.values()]
      .filter((sandbox) => sandbox.project === project && (last === undefined || compareAges(sandbox, last) > 0))
      .sort(compareAges)
      .slice(0, limit)
      .map((sandbox) => structuredClone(sandbox))
  }

  grantsOf(sandboxId: string): readonly Grant[] {
    return [...this.#grants.values()]
      .filter((grant) => grant.sandboxId === sandboxId)
      .sort((left, right) => -compareAges(left, right))
      .map((grant) => structuredClone(grant))
  }

  findGrantByPlaceholder(placeholderIndex: string): Grant | undefined {
    return structuredClone([...this.#grants.values()].find((grant) => grant.placeholderIndex === placeholderIndex))
  }

  #endGrants(matches: (grant: Grant) => boolean, endedAt: string): void {
    for (const grant of this.#grants.values()) {
      if (matches(grant) && grant.endedAt === null) this.#grants.set(grant.id, { ...grant, endedAt })
    }
  }
}

type Aged = Pick<Sandbox, 'createdAt' | 'id'>

/** Newest first. */
function compareAges(left: Aged, right: Aged): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1
  return left.id < right.id ? 1 : left.id > right.id ? -1 : 0
}
