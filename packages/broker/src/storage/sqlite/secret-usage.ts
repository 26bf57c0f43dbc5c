import type { Database } from './database.ts'

const flushEveryMs = 5_000
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Remembers when each secret was used last. Written every few seconds at most, because a write waits for the disk. */
export class SecretUsage {
  readonly #database: Database
  readonly #pending = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined

  constructor(database: Database) {
    this.#database = database
  }

  touch(secretId: string, usedAt: string): void {
    this.#pending.set(secretId, usedAt)
    this.#timer ??= setTimeout(() => this.#flushLater(), flushEveryMs).unref()
  }

  /** Null when it was never used, and when what is written is not an instant. */
  lastUsedAt(secretId: string): string | null {
    const pending = this.#pending.get(secretId)
    if (pending !== undefined) return pending
    const row = this.#database.prepare('SELECT used_at FROM secret_usage WHERE secret_id = ?').get(secretId)
    const usedAt = row?.['used_at']
    return typeof usedAt === 'string' && instant.test(usedAt) ? usedAt : null
  }

  /** Removes what is known of a secret, in the transaction that erases it. */
  forget(secretId: string): void {
    this.#pending.delete(secretId)
    this.#database.prepare('DELETE FROM secret_usage WHERE secret_id = ?').run(secretId)
  }

  /** Writes what is pending. @throws CoatcheckError `storage_unavailable` */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.size === 0) return
    this.#database.transaction('IMMEDIATE', () => {
      // A secret that was deleted meanwhile leaves no trace.
      const sql =
        'INSERT INTO secret_usage (secret_id, used_at) SELECT id, ? FROM secrets WHERE id = ? ' +
        'ON CONFLICT (secret_id) DO UPDATE SET used_at = max(used_at, excluded.used_at)'
      for (const [secretId, usedAt] of this.#pending) this.#database.prepare(sql).run(usedAt, secretId)
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
