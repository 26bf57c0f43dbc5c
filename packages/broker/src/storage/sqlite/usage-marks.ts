import type { Database } from './database.ts'

const flushEveryMs = 5_000
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Names that the schema itself has: what was used, and where its last use is kept. */
export interface UsageTable {
  readonly table: 'secret_usage' | 'token_usage' | 'decoy_usage'
  readonly key: 'secret_id' | 'token_id' | 'decoy_id'
  readonly owners: 'secrets' | 'tokens' | 'decoys'
}

/** Remembers when each thing was used last. Written every few seconds at most, because a write waits for the disk. */
export class UsageMarks {
  readonly #database: Database
  readonly #names: UsageTable
  readonly #pending = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined

  constructor(database: Database, names: UsageTable) {
    this.#database = database
    this.#names = names
  }

  touch(id: string, usedAt: string): void {
    this.#pending.set(id, usedAt)
    this.#timer ??= setTimeout(() => this.#flushLater(), flushEveryMs).unref()
  }

  /** Null when it was never used, and when what is written is not an instant. */
  lastUsedAt(id: string): string | null {
    const pending = this.#pending.get(id)
    if (pending !== undefined) return pending
    const { table, key } = this.#names
    const row = this.#database.prepare(`SELECT used_at FROM ${table} WHERE ${key} = ?`).get(id)
    const usedAt = row?.['used_at']
    return typeof usedAt === 'string' && instant.test(usedAt) ? usedAt : null
  }

  /** Removes what is known of one thing, in the transaction that erases it. */
  forget(id: string): void {
    const { table, key } = this.#names
    this.#pending.delete(id)
    this.#database.prepare(`DELETE FROM ${table} WHERE ${key} = ?`).run(id)
  }

  /** Writes what is pending. @throws CoatcheckError `storage_unavailable` */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.size === 0) return
    this.#database.transaction('IMMEDIATE', () => {
      const { table, key, owners } = this.#names
      // What was deleted meanwhile leaves no trace.
      const sql =
        `INSERT INTO ${table} (${key}, used_at) SELECT id, ? FROM ${owners} WHERE id = ? ` +
        `ON CONFLICT (${key}) DO UPDATE SET used_at = max(used_at, excluded.used_at)`
      for (const [id, usedAt] of this.#pending) this.#database.prepare(sql).run(usedAt, id)
    })
    this.#pending.clear()
  }

  #flushLater(): void {
    try {
      this.flush()
    } catch {
      // The instants stay pending, and the next use or the end tries again: nothing depends on them.
    }
  }
}
