import type { StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { ActivityRow, Page } from '@coatcheck/contract'
import type { ActivityFilter, AuditIndex } from '../../audit/audit-index.ts'
import { type IndexFile, isIndexUnusable, openIndexFile, removeIndexFile } from './audit-index-file.ts'
import { AuditIndexIntake } from './audit-index-intake.ts'
import { buildIndexQuery, formatCursor, showRow } from './audit-index-query.ts'
import { translateStorageErrors } from './storage-error.ts'

/** How long one slice of catching up may keep the process from its other work, in milliseconds. */
const readySliceMs = 15
/** How many statements are kept ready; each set of conditions has its own. */
const maxStatements = 64

/**
 * The index of the audit journals, in a database beside them that holds nothing of its own: it is made anew from the journals
 * when it is missing, damaged or of another version. Several processes may use it at once.
 */
export class SqliteAuditIndex implements AuditIndex {
  readonly #directory: string
  #file: IndexFile
  #intake: AuditIndexIntake
  readonly #statements = new Map<string, StatementSync>()

  /** @throws CoatcheckError `audit_unavailable` | `storage_unavailable` */
  constructor(directory: string) {
    this.#directory = directory
    this.#file = translateStorageErrors(() => openIndexFile(directory))
    this.#intake = new AuditIndexIntake(directory, this.#file.database)
  }

  /** @throws CoatcheckError `request_invalid` | `storage_unavailable` */
  query(filter: ActivityFilter): Page<ActivityRow> {
    const { sql, parameters, limit } = buildIndexQuery(filter)
    const found = this.#repairing(() => {
      this.#intake.catchUp()
      return this.#prepare(sql).all(...parameters)
    })
    const rows = found.slice(0, limit).map(showRow)
    const last = rows.at(-1)
    return {
      items: rows.map(({ place: _, ...row }) => row),
      cursor: found.length > limit && last !== undefined ? formatCursor(last) : null,
    }
  }

  /**
   * Reads what the journals have grown by for about `budgetMs`, so that the next query finds little to do; false when there is
   * more.
   * @throws CoatcheckError `storage_unavailable`
   */
  catchUpFor(budgetMs: number): boolean {
    return this.#repairing(() => this.#intake.catchUpFor(budgetMs))
  }

  async ready(): Promise<void> {
    while (!this.catchUpFor(readySliceMs)) await setImmediate()
  }

  close(): void {
    this.#statements.clear()
    if (this.#file.database.isOpen) this.#file.database.close()
  }

  /** Runs `act`, once more with a new index when the present one cannot be used. */
  #repairing<Result>(act: () => Result): Result {
    return translateStorageErrors(() => {
      try {
        return act()
      } catch (error) {
        if (!isIndexUnusable(error)) throw error
        this.close()
        removeIndexFile(this.#file.path)
        this.#file = openIndexFile(this.#directory)
        this.#intake = new AuditIndexIntake(this.#directory, this.#file.database)
        return act()
      }
    })
  }

  #prepare(sql: string): StatementSync {
    const ready = this.#statements.get(sql)
    if (ready !== undefined) return ready
    if (this.#statements.size === maxStatements) this.#statements.clear()
    const statement = this.#file.database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
