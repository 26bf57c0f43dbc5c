import { CoatcheckError } from '@coatcheck/contract'
import type { KeyRing } from '../../vault/key-ring.ts'
import { inspectRows } from './authority-check.ts'
import { readState } from './authority-state.ts'
import { Database } from './database.ts'
import { translateStorageErrors } from './storage-error.ts'

/** What a database that was found whole holds. */
export interface VerifiedDatabase {
  readonly secrets: number
  readonly sandboxes: number
}

/**
 * Reads a database that nobody else uses from end to end, its pages and the seals of its rows.
 * @throws CoatcheckError `row_tampered` | `key_unusable` | `storage_newer` | `storage_unavailable`
 */
export function verifyDatabase(path: string, keyRing: KeyRing): VerifiedDatabase {
  const database = new Database(path)
  try {
    return translateStorageErrors(() => {
      const found = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
      if (found !== 'ok') throw new CoatcheckError('storage_damaged')
      const state = readState(database, keyRing)
      const { rows, digest, tampered } = inspectRows(database, keyRing)
      const fits = state === undefined ? rows === 0 : state.digest.equals(digest)
      if (!fits || tampered.size > 0) throw new CoatcheckError('row_tampered', { reason: 'rows were changed' })
      const count = (table: string): number =>
        Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
      return { secrets: count('secrets'), sandboxes: count('sandboxes') }
    })
  } finally {
    database.close()
  }
}
