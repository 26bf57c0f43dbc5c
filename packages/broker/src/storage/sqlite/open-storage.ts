import { dirname, join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import type { ProjectStore } from '../../access/project-store.ts'
import type { TokenStore } from '../../access/token-store.ts'
import type { ApprovalStore } from '../../approvals/approval-store.ts'
import type { CapStore } from '../../caps/cap-store.ts'
import type { UsageStore } from '../../caps/usage-store.ts'
import { type Clock, systemClock } from '../../foundation/clock.ts'
import { HighWaterClock } from '../../foundation/high-water-clock.ts'
import type { Revision } from '../../foundation/revision.ts'
import { sweepUnfinished } from '../../foundation/write-file-atomically.ts'
import type { ProfileStore } from '../../policy/profile-store.ts'
import type { ProjectRuleStore } from '../../policy/rules/project-rule-store.ts'
import type { ProviderStore } from '../../providers/provider-store.ts'
import type { DecoyStore } from '../../sandbox/decoy-store.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import type { DerivedStore } from '../../vault/derived-store.ts'
import type { KeyRing } from '../../vault/key-ring.ts'
import type { KeyedStore } from '../../vault/key-rotation.ts'
import type { SecretStore } from '../../vault/secret-store.ts'
import { SqliteApprovalStore } from './approval-store.ts'
import { Authority } from './authority.ts'
import { SqliteCapStore } from './cap-store.ts'
import { ClockMarkFile } from './clock-mark-file.ts'
import { Database } from './database.ts'
import { SqliteDecoyStore } from './decoy-store.ts'
import { SqliteDerivedStore } from './derived-store.ts'
import { HighWaterFile } from './high-water-file.ts'
import { KeyedRows } from './keyed-rows.ts'
import { PacedRevision } from './paced-revision.ts'
import { SqliteProfileStore } from './profile-store.ts'
import { SqliteProjectRuleStore } from './project-rule-store.ts'
import { SqliteProjectStore } from './project-store.ts'
import { SqliteProviderStore } from './provider-store.ts'
import { SqliteRevision } from './revision.ts'
import { RowRekeyer } from './row-rekeyer.ts'
import { SqliteSandboxStore } from './sandbox-store.ts'
import { SecretShares } from './secret-shares.ts'
import { SqliteSecretStore } from './secret-store.ts'
import { translateStorageErrors } from './storage-error.ts'
import { SqliteTokenStore } from './token-store.ts'
import { UsageMarks } from './usage-marks.ts'
import { SqliteUsageStore } from './usage-store.ts'

/** Where the storage lies and what it needs. */
export interface StorageOptions {
  readonly databasePath: string
  /** In the key's folder, apart from the database; the clock's mark lies beside it, with `-clock` at its end. */
  readonly highWaterPath: string
  /** Folder of the secrets' shares, apart from the database too. */
  readonly sharesPath: string
  readonly keyRing: KeyRing
  /** The machine's clock when absent. */
  readonly clock?: Clock
}

/** The stores of one database. */
export interface Storage {
  readonly secrets: SecretStore
  readonly sandboxes: SandboxStore
  readonly tokens: TokenStore
  readonly projects: ProjectStore
  readonly providers: ProviderStore
  readonly profiles: ProfileStore
  readonly rules: ProjectRuleStore
  readonly decoys: DecoyStore
  readonly approvals: ApprovalStore
  readonly derived: DerivedStore
  readonly caps: CapStore
  /** What was counted against caps, in a file beside the database. */
  readonly usage: UsageStore
  readonly revision: Revision
  /** The same for those who ask at each request. */
  readonly pacedRevision: Revision
  /** Changes whenever another process wrote rows. */
  readonly writesOfOthers: () => number
  /** For a change of the key-encryption key. */
  readonly keyed: KeyedStore
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
export function openStorage(options: StorageOptions): Storage {
  const { databasePath, highWaterPath, sharesPath, keyRing, clock = systemClock } = options
  const database = new Database(databasePath)
  const highWaterClock = new HighWaterClock(clock, new ClockMarkFile(`${highWaterPath}-clock`))
  const shares = new SecretShares(sharesPath, keyRing)
  const authority = new Authority({
    database,
    keyRing,
    highWater: new HighWaterFile(highWaterPath, keyRing),
    rekeyer: new RowRekeyer(keyRing, shares),
    beforeAcknowledging: () => highWaterClock.persist(),
  })
  const usage = new UsageMarks(database, { table: 'secret_usage', key: 'secret_id', owners: 'secrets' })
  const tokenUsage = new UsageMarks(database, { table: 'token_usage', key: 'token_id', owners: 'tokens' })
  const decoyUsage = new UsageMarks(database, { table: 'decoy_usage', key: 'decoy_id', owners: 'decoys' })
  const capUsage = new SqliteUsageStore(join(dirname(databasePath), 'usage.db'))
  for (const path of [highWaterPath, `${highWaterPath}-clock`]) translateStorageErrors(() => sweepUnfinished(path))
  const secrets = new SqliteSecretStore(authority, usage, shares)
  settle(secrets)
  return {
    secrets,
    sandboxes: new SqliteSandboxStore(authority),
    tokens: new SqliteTokenStore(authority, tokenUsage),
    projects: new SqliteProjectStore(authority),
    providers: new SqliteProviderStore(authority),
    profiles: new SqliteProfileStore(authority),
    rules: new SqliteProjectRuleStore(authority),
    decoys: new SqliteDecoyStore(authority, decoyUsage),
    approvals: new SqliteApprovalStore(authority),
    derived: new SqliteDerivedStore(database),
    caps: new SqliteCapStore(authority),
    usage: capUsage,
    revision: new SqliteRevision(authority),
    pacedRevision: new PacedRevision(authority),
    writesOfOthers: () => database.dataVersion(),
    keyed: new KeyedRows(authority),
    clock: highWaterClock,
    confirmRollback: () => authority.confirm(),
    close() {
      try {
        usage.flush()
        tokenUsage.flush()
        decoyUsage.flush()
        highWaterClock.persist()
      } finally {
        capUsage.close()
        database.close()
      }
    },
  }
}

/** Whatever keeps the database from being used is told by each use; until then no share is destroyed. */
function settle(secrets: SqliteSecretStore): void {
  try {
    secrets.settleShares()
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
  }
}
