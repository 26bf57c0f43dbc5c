import { CoatcheckError } from '@coatcheck/contract'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Amendment, Ended, GrantFilter, SandboxStore } from '../../sandbox/sandbox-store.ts'
import { isVirtualKey } from '../../sandbox/virtual-key.ts'

/** Keeps sandboxes and grants for the life of the process; for tests. */
export class MemorySandboxStore implements SandboxStore {
  readonly #sandboxes = new Map<string, Sandbox>()
  readonly #grants = new Map<string, Grant>()

  create(sandbox: Sandbox, grants: readonly Grant[]): void {
    this.#sandboxes.set(sandbox.id, structuredClone(sandbox))
    for (const grant of grants) this.#grants.set(grant.id, structuredClone(grant))
  }

  amend(sandboxId: string, edit: (sandbox: Sandbox, living: readonly Grant[]) => Amendment): Amendment {
    const sandbox = this.find(sandboxId)
    if (sandbox === undefined) throw new CoatcheckError('sandbox_not_found')
    if (sandbox.endedAt !== null) throw new CoatcheckError('sandbox_ended')
    const amended = edit(
      sandbox,
      this.grantsOf(sandboxId).filter(({ endedAt }) => endedAt === null),
    )
    this.create(amended.sandbox, amended.grants)
    return amended
  }

  end(sandboxIds: readonly string[], endedAt: string): Ended {
    const alive = sandboxIds.filter((id) => {
      const sandbox = this.#sandboxes.get(id)
      if (sandbox === undefined || sandbox.endedAt !== null) return false
      this.#sandboxes.set(id, { ...sandbox, endedAt })
      return true
    })
    return { sandboxes: alive, grants: this.#endGrants(({ sandboxId }) => sandboxIds.includes(sandboxId), endedAt) }
  }

  endGrantsOf(secretId: string, endedAt: string): readonly Grant[] {
    return this.#endGrants((grant) => grant.secretId === secretId, endedAt)
  }

  prune(before: string, limit: number): number {
    const old = [...this.#sandboxes.values()]
      .filter(({ endedAt, expiresAt }) => (endedAt ?? expiresAt) < before)
      .slice(0, limit)
    for (const { id } of old) {
      this.#sandboxes.delete(id)
      for (const grant of this.grantsOf(id)) this.#grants.delete(grant.id)
    }
    return old.length
  }

  find(sandboxId: string): Sandbox | undefined {
    return structuredClone(this.#sandboxes.get(sandboxId))
  }

  list(project: string, limit: number, cursor: string | null, kind?: 'sandbox' | 'key'): readonly Sandbox[] {
    const last = cursor === null ? undefined : this.#sandboxes.get(cursor)
    if (cursor !== null && last === undefined) return []
    return [...this.#sandboxes.values()]
      .filter((sandbox) => sandbox.project === project && (last === undefined || compareAges(sandbox, last) > 0))
      .filter((sandbox) => kind === undefined || isVirtualKey(sandbox) === (kind === 'key'))
      .sort(compareAges)
      .slice(0, limit)
      .map((sandbox) => structuredClone(sandbox))
  }

  listGrants({ project, secretId, sandboxId, now, limit, cursor }: GrantFilter): readonly Grant[] {
    const last = cursor === null ? undefined : this.#grants.get(cursor)
    if (cursor !== null && last === undefined) return []
    return [...this.#grants.values()]
      .filter((grant) => grant.project === project && grant.endedAt === null)
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
      .filter((grant) => secretId === undefined || grant.secretId === secretId)
      .filter((grant) => sandboxId === undefined || grant.sandboxId === sandboxId)
      .filter((grant) => last === undefined || compareAges(grant, last) > 0)
      .sort(compareAges)
      .slice(0, limit)
      .map((grant) => structuredClone(grant))
  }

  findGrant(grantId: string): Grant | undefined {
    return structuredClone(this.#grants.get(grantId))
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

  #endGrants(matches: (grant: Grant) => boolean, endedAt: string): readonly Grant[] {
    const ended = [...this.#grants.values()]
      .filter((grant) => matches(grant) && grant.endedAt === null)
      .map((grant) => ({ ...grant, endedAt }))
    for (const grant of ended) this.#grants.set(grant.id, grant)
    return ended
  }
}

type Aged = Pick<Sandbox, 'createdAt' | 'id'>

/** Newest first. */
function compareAges(left: Aged, right: Aged): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1
  return left.id < right.id ? 1 : left.id > right.id ? -1 : 0
}
