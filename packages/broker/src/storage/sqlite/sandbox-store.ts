import { CoatcheckError } from '@coatcheck/contract'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Amendment, Ended, GrantFilter, SandboxStore } from '../../sandbox/sandbox-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row, type SqlValue } from './authority-table.ts'
import { grantRow, readGrantRow, readSandboxRow, sandboxRow } from './sandbox-rows.ts'
import { SealedTable } from './sealed-table.ts'

/** What the identifier of a row says that it is. */
const ofKind = { sandbox: " AND id NOT GLOB 'key_*'", key: " AND id GLOB 'key_*'" } as const

/** Keeps sandboxes and grants in SQLite, every row sealed. */
export class SqliteSandboxStore implements SandboxStore {
  readonly #authority: Authority
  readonly #sandboxes: SealedTable
  readonly #grants: SealedTable

  constructor(authority: Authority) {
    this.#authority = authority
    this.#sandboxes = new SealedTable(authorityTables.sandboxes, authority)
    this.#grants = new SealedTable(authorityTables.grants, authority)
  }

  create(sandbox: Sandbox, grants: readonly Grant[]): void {
    this.#authority.write(() => {
      this.#sandboxes.insert(sandboxRow(sandbox))
      for (const grant of grants) this.#grants.insert(grantRow(grant))
    })
  }

  amend(sandboxId: string, edit: (sandbox: Sandbox, living: readonly Grant[]) => Amendment): Amendment {
    return this.#authority.write(() => {
      const row = this.#sandboxes.find({ id: sandboxId })
      if (row === undefined) throw new CoatcheckError('sandbox_not_found')
      if (row['ended_at'] !== null) throw new CoatcheckError('sandbox_ended')
      const living = this.#grantRows('sandbox_id', sandboxId).filter(isAlive)
      const amended = edit(readSandboxRow(row), living.map(readGrantRow))
      this.#sandboxes.replace(sandboxRow(amended.sandbox))
      for (const grant of amended.grants) {
        if (living.some(({ id }) => id === grant.id)) this.#grants.replace(grantRow(grant))
        else this.#grants.insert(grantRow(grant))
      }
      return amended
    })
  }

  end(sandboxIds: readonly string[], endedAt: string): Ended {
    return this.#authority.write(() => {
      const alive = sandboxIds.filter((id) => {
        const row = this.#sandboxes.find({ id })
        if (row === undefined || !isAlive(row)) return false
        this.#sandboxes.replace({ ...row, ended_at: endedAt })
        return true
      })
      const grants = sandboxIds.flatMap((id) => this.#endGrants(this.#grantRows('sandbox_id', id), endedAt))
      return { sandboxes: alive, grants }
    })
  }

  endGrantsOf(secretId: string, endedAt: string): readonly Grant[] {
    return this.#authority.write(() => this.#endGrants(this.#grantRows('secret_id', secretId), endedAt))
  }

  prune(before: string, limit: number): number {
    return this.#authority.write(() => {
      const where = 'coalesce(ended_at, expires_at) < ?'
      const rows = this.#sandboxes.select({ where, values: [before], orderBy: 'created_at, id', limit })
      for (const { id = null } of rows) {
        this.#grants.remove({ sandbox_id: id })
        this.#sandboxes.remove({ id })
      }
      return rows.length
    })
  }

  find(sandboxId: string): Sandbox | undefined {
    const row = this.#authority.recall(`sandbox ${sandboxId}`, () => this.#sandboxes.find({ id: sandboxId }))
    return row && readSandboxRow(row)
  }

  list(project: string, limit: number, cursor: string | null, kind?: 'sandbox' | 'key'): readonly Sandbox[] {
    return this.#authority.read(() => {
      const last = cursor === null ? undefined : this.#sandboxes.find({ id: cursor })
      if (cursor !== null && last === undefined) return []
      const after = last === undefined ? ['~', ''] : [last['created_at'] ?? null, last['id'] ?? null]
      const where = `project = ? AND (created_at, id) < (?, ?)${kind === undefined ? '' : ofKind[kind]}`
      return this.#sandboxes
        .select({ where, values: [project, ...after], orderBy: 'created_at DESC, id DESC', limit })
        .map(readSandboxRow)
    })
  }

  listGrants({ project, secretId, sandboxId, now, limit, cursor }: GrantFilter): readonly Grant[] {
    return this.#authority.read(() => {
      const last = cursor === null ? undefined : this.#grants.find({ id: cursor })
      if (cursor !== null && last === undefined) return []
      const conditions: readonly (readonly [string, readonly SqlValue[]])[] = [
        ['project = ? AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > ?)', [project, now]],
        ...(secretId === undefined ? [] : [['secret_id = ?', [secretId]] as const]),
        ...(sandboxId === undefined ? [] : [['sandbox_id = ?', [sandboxId]] as const]),
        ...(last === undefined ? [] : [['(created_at, id) < (?, ?)', [last['created_at'] ?? null, cursor]] as const]),
      ]
      const where = conditions.map(([condition]) => condition).join(' AND ')
      const values = conditions.flatMap(([, each]) => each)
      return this.#grants.select({ where, values, orderBy: 'created_at DESC, id DESC', limit }).map(readGrantRow)
    })
  }

  findGrant(grantId: string): Grant | undefined {
    const row = this.#authority.read(() => this.#grants.find({ id: grantId }))
    return row && readGrantRow(row)
  }

  grantsOf(sandboxId: string): readonly Grant[] {
    return this.#authority.read(() => this.#grantRows('sandbox_id', sandboxId)).map(readGrantRow)
  }

  findGrantByPlaceholder(placeholderIndex: string): Grant | undefined {
    const find = () => this.#grants.find({ placeholder_index: placeholderIndex })
    const row = this.#authority.recall(`placeholder ${placeholderIndex}`, find)
    return row && readGrantRow(row)
  }

  #grantRows(column: 'sandbox_id' | 'secret_id', id: string): Row[] {
    return this.#grants.select({ where: `${column} = ?`, values: [id], orderBy: 'created_at, id' })
  }

  #endGrants(rows: readonly Row[], endedAt: string): readonly Grant[] {
    const ended = rows.filter(isAlive).map((row) => ({ ...row, ended_at: endedAt }))
    for (const row of ended) this.#grants.replace(row)
    return ended.map(readGrantRow)
  }
}

function isAlive(row: Row): boolean {
  return row['ended_at'] === null
}
