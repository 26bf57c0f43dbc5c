import { closeSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { CoatcheckError } from '@coatcheck/contract'
import { translateStorageErrors } from './storage-error.ts'

/** Pages between two turns of the event loop. */
const pagesPerStep = 500

/** Copies the database as it is at one moment into a new file of mode 0600, while others go on writing. @throws CoatcheckError `storage_unavailable` | `row_tampered` */
export async function snapshotDatabase(path: string, target: string): Promise<void> {
  const source = translateStorageErrors(() => {
    closeSync(openSync(target, 'wx', 0o600))
    return new DatabaseSync(path, { readOnly: true })
  })
  try {
    await backup(source, target, { rate: pagesPerStep })
  } catch (error) {
    translateStorageErrors(() => {
      throw error instanceof Error ? error : new CoatcheckError('storage_unavailable')
    })
  } finally {
    source.close()
  }
}
