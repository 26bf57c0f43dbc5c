import type { DerivedStore, SealedCredential } from '../../vault/derived-store.ts'
import type { Row } from './authority-table.ts'
import type { Database } from './database.ts'
import { RowFields } from './row-fields.ts'

/** Keeps credentials that were made from secrets in SQLite. They are no authority rows: a change of theirs is none of authority. */
export class SqliteDerivedStore implements DerivedStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  put({ secretId, derivation, version, untilMs, nonce, ciphertext }: SealedCredential, nowMs: number): void {
    this.#database.transaction('IMMEDIATE', () => {
      this.#database
        .prepare('DELETE FROM derived_credentials WHERE secret_id = ? AND until_ms <= ?')
        .run(secretId, nowMs)
      // A secret that was deleted meanwhile leaves no trace.
      this.#database
        .prepare('INSERT OR REPLACE INTO derived_credentials SELECT id, ?, ?, ?, ?, ? FROM secrets WHERE id = ?')
        .run(derivation, version, untilMs, nonce, ciphertext, secretId)
    })
  }

  find(secretId: string, derivation: string): SealedCredential | undefined {
    const row = this.#database.transaction('DEFERRED', () =>
      this.#database
        .prepare('SELECT * FROM derived_credentials WHERE secret_id = ? AND derivation = ?')
        .get(secretId, derivation),
    )
    if (row === undefined) return undefined
    const fields = new RowFields(row as Row)
    return {
      secretId,
      derivation,
      version: fields.integer('version'),
      untilMs: fields.integer('until_ms'),
      nonce: fields.bytes('nonce'),
      ciphertext: fields.bytes('ciphertext'),
    }
  }
}
