import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { grantRow, readGrantRow, readSandboxRow, sandboxRow } from './sandbox-rows.ts'
import { SealedTable } from './sealed-table.ts'

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

  end(sandboxId: string, endedAt: string): void {
    this.#authority.write(() => {
      const row = this.#sandboxes.find({ id: sandboxId })
      if (row !== undefined && row['ended_at'] === null) this.#sandboxes.replace({ ...row, ended_at: endedAt })
      this.#endGrants(this.#grantRows('sandbox_id', sandboxId), endedAt)
    })
  }

  endGrantsOf(secretId: string, endedAt: string): void {
    this.#authority.write(() => this.#endGrants(this.#grantRows('secret_id', secretId), endedAt))
  }

  find(sandboxId: string): Sandbox | undefined {
    const row = this.#authority.recall(`sandbox ${sandboxId}`, () => this.#sandboxes.find({ id: sandboxId }))
    return row && readSandboxRow(row)
  }

  list(project: string, limit: number, cursor: string | null): readonly Sandbox[] {
    return this.#authority.read(() => {
      const last = cursor === null ? undefined : this.#sandboxes.find({ id: cursor })
      if (cursor !== null && last === undefined) return []
      const after = last === undefined ? ['~', ''] : [last['created_at'] ?? null, last['id'] ?? null]
      const where = 'project = ? AND (created_at, id) < (?, ?)'
      return this.#sandboxes
        .select({ where, values: [project, ...after], orderBy: 'created_at DESC, id DESC', limit })
        .map(readSandboxRow)
    })
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

  #endGrants(rows: readonly Row[], endedAt: string): void {
    for (const row of rows) {
      if (row['ended_at'] === null) this.#grants.replace({ ...row, ended_at: endedAt })
    }
  }
}
