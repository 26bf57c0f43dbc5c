import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { CoatcheckError } from '@coatcheck/contract'
import { translateStorageErrors } from './storage-error.ts'

/**
 * How much of a home is claimed. `shared`: any number of brokers work in it. `serving`: the one of them that listens for
 * everybody. `alone`: nobody else is there.
 */
export type HomeClaim = 'shared' | 'serving' | 'alone'

/** SQLite's result code for a lock that somebody else holds. */
const busy = 5

const claims: Readonly<Record<HomeClaim, string>> = {
  shared: 'BEGIN DEFERRED; SELECT count(*) FROM sqlite_schema',
  serving: 'BEGIN IMMEDIATE; SELECT count(*) FROM sqlite_schema',
  alone: 'BEGIN EXCLUSIVE',
}

/** A claim on a home, held by a lock of the operating system, so that it ends with the process however that ends. */
export class HomeLock {
  readonly #connection: DatabaseSync

  /** @throws CoatcheckError `home_in_use` when another process has a claim that does not go with this one, `storage_unavailable` */
  constructor(path: string, claim: HomeClaim) {
    this.#connection = translateStorageErrors(() => connect(path))
    try {
      // The file stays empty, and nothing of a transaction is kept beside it.
      this.#connection.exec(`PRAGMA journal_mode = MEMORY; ${claims[claim]}`)
    } catch (error) {
      this.#connection.close()
      if ((error as { readonly errcode?: number }).errcode === busy)
        throw new CoatcheckError('home_in_use', {}, { cause: error })
      throw translateStorageErrors<Error>(() => {
        throw error
      })
    }
  }

  release(): void {
    if (this.#connection.isOpen) this.#connection.close()
  }
}

function connect(path: string): DatabaseSync {
  createIfMissing(path)
  return new DatabaseSync(path, { timeout: 0 })
}

function createIfMissing(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    chmodSync(path, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
