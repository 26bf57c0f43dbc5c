import { DatabaseSync } from 'node:sqlite'
import { CoatcheckError } from '@coatcheck/contract'
import { translateStorageErrors } from './storage-error.ts'

/** Reads counters that nobody else uses from end to end. @throws CoatcheckError `storage_damaged` | `storage_unavailable` */
export function verifyUsage(path: string): void {
  translateStorageErrors(() => {
    using database = new DatabaseSync(path)
    const found = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
    if (found !== 'ok') throw new CoatcheckError('storage_damaged')
    database.prepare('SELECT cap, slot, used, reserved FROM usage LIMIT 1').get()
  })
}
