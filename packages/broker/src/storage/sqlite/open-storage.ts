import { type Clock, systemClock } from '../../foundation/clock.ts'
import { HighWaterClock } from '../../foundation/high-water-clock.ts'
import type { Revision } from '../../foundation/revision.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import type { KeyRing } from '../../vault/key-ring.ts'
import type { SecretStore } from '../../vault/secret-store.ts'
import { Authority } from './authority.ts'
import { ClockMarkFile } from './clock-mark-file.ts'
import { Database } from './database.ts'
import { HighWaterFile } from './high-water-file.ts'
import { SqliteRevision } from './revision.ts'
import { SqliteSandboxStore } from './sandbox-store.ts'
import { SqliteSecretStore } from './secret-store.ts'
import { SecretUsage } from './secret-usage.ts'
import { translateStorageErrors } from './storage-error.ts'
import { sweepUnfinished } from './write-file-atomically.ts'

/** Where the storage lies and what it needs. */
export interface StorageOptions {
  readonly databasePath: string
  /** In the key's folder, apart from the database; the clock's mark lies beside it, with `-clock` at its end. */
  readonly highWaterPath: string
  readonly keyRing: KeyRing
  /** The machine's clock when absent. */
  readonly clock?: Clock
}

/** The stores of one database. */
export interface Storage {
  readonly secrets: SecretStore
  readonly sandboxes: SandboxStore
  readonly revision: Revision
  /** Never earlier than any instant that this installation has seen. */
  readonly clock: HighWaterClock
  /**
   * Takes an older or incomplete database for the present one, once an operator said so.
   * @throws CoatcheckError `vault_locked` | `storage_unavailable`
   */
  confirmRollback(): void
  /** Writes what is pending, and closes the file. */
  close(): void
}

/**
 * Opens the database and creates what is missing. A database that was tampered with or rolled back opens as well: each use
 * of it is then refused.
 * @throws CoatcheckError `storage_unavailable` | `storage_newer` | `row_tampered`
 */
export function openStorage({ databasePath, highWaterPath, keyRing, clock = systemClock }: StorageOptions): Storage {
  const database = new Database(databasePath)
  const highWaterClock = new HighWaterClock(clock, new ClockMarkFile(`${highWaterPath}-clock`))
  const authority = new Authority({
    database,
    keyRing,
    highWater: new HighWaterFile(highWaterPath, keyRing),
    beforeAcknowledging: () => highWaterClock.persist(),
  })
  const usage = new SecretUsage(database)
  for (const path of [highWaterPath, `${highWaterPath}-clock`]) translateStorageErrors(() => sweepUnfinished(path))
  return {
    secrets: new SqliteSecretStore(authority, usage),
    sandboxes: new SqliteSandboxStore(authority),
    revision: new SqliteRevision(authority),
    clock: highWaterClock,
    confirmRollback: () => authority.confirm(),
    close() {
      try {
        usage.flush()
        highWaterClock.persist()
      } finally {
        database.close()
      }
    },
  }
}
