import { CoatcheckError } from '@coatcheck/contract'
import type { KeyedStore } from '../../vault/key-rotation.ts'
import type { Authority } from './authority.ts'
import { type AuthorityTable, authorityTables } from './authority-table.ts'
import { SealedTable } from './sealed-table.ts'

const tables = Object.values<AuthorityTable>(authorityTables)

/** The authority rows as far as they depend on the key-encryption key. */
export class KeyedRows implements KeyedStore {
  readonly #authority: Authority
  /** Rows up to these were put under the key in use. */
  #reached = new Map<string, number>()

  constructor(authority: Authority) {
    this.#authority = authority
  }

  exclusively<Result>(work: () => Result): Result {
    return this.#authority.database.transaction('IMMEDIATE', work)
  }

  restate(): void {
    this.#authority.restate()
    this.#reached = new Map()
  }

  countOld(): number {
    const keyId = Buffer.from(this.#authority.keyRing.keyId, 'hex')
    return tables
      .map(({ name }) => `SELECT count(*) AS count FROM ${name} WHERE substr(seal, 1, 8) <> ?`)
      .map((sql) => Number(this.#authority.database.prepare(sql).get(keyId)?.['count']))
      .reduce((sum, count) => sum + count, 0)
  }

  rekey(limit: number): number {
    let done = 0
    this.#authority.write(() => {
      done = 0
      for (const table of tables) {
        if (done >= limit) return
        const { count, last } = new SealedTable(table, this.#authority).reseal(
          this.#reached.get(table.name) ?? 0,
          limit - done,
        )
        done += count
        this.#reached.set(table.name, last)
      }
    })
    return done
  }

  isSettled(): boolean {
    return this.countOld() === 0 && this.#authority.isStatedUnderPresentKey()
  }

  purge(): boolean {
    try {
      this.#authority.database.purge()
      return true
    } catch (error) {
      if (error instanceof CoatcheckError && error.code === 'storage_unavailable') return false
      throw error
    }
  }
}
