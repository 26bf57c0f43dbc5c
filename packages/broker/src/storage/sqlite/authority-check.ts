import { CoatcheckError } from '@coatcheck/contract'
import { type KeyRing, sealingKey } from '../../vault/key-ring.ts'
import { type AuthorityState, markOf } from './authority-state.ts'
import { type AuthorityTable, authorityTables, fitsSeal, type Row } from './authority-table.ts'
import type { Database } from './database.ts'
import type { HighWaterMark } from './high-water-file.ts'
import { RowDigest } from './row-digest.ts'

/** What a walk over every authority row found. */
export interface AuthorityFindings {
  readonly rows: number
  /** Over the seals as they stand. */
  readonly digest: RowDigest
  /** Names of the tables in which a row does not fit its seal. */
  readonly tampered: ReadonlySet<string>
  /** Ids of the keys that the seals name. */
  readonly keyIds: ReadonlySet<string>
}

/** Reads every authority row and checks its seal. @throws CoatcheckError `row_tampered` when the schema holds foreign code */
export function inspectRows(database: Database, keyRing: KeyRing): AuthorityFindings {
  refuseForeignCode(database)
  const digest = new RowDigest()
  const tampered = new Set<string>()
  const keyIds = new Set<string>()
  let rows = 0
  for (const table of Object.values<AuthorityTable>(authorityTables)) {
    for (const found of database.prepare(`SELECT ${table.columns.join(', ')}, seal FROM ${table.name}`).iterate()) {
      const { seal, ...row } = found as Row
      rows++
      digest.add(keyRing, seal as Uint8Array)
      keyIds.add(sealingKey(seal as Uint8Array))
      if (!fitsSeal(keyRing, table, row, seal as Uint8Array)) tampered.add(table.name)
    }
  }
  return { rows, digest, tampered, keyIds }
}

/** Gives rows whose seals name a key that nobody has a seal that fits nothing, under the key in use. */
export function breakUnknownSeals(database: Database, keyRing: KeyRing): void {
  for (const { name } of Object.values<AuthorityTable>(authorityTables)) {
    const named = database.prepare(`SELECT DISTINCT substr(seal, 1, 8) AS head FROM ${name}`).all()
    for (const head of named.map((row) => row['head'] as Uint8Array)) {
      if (keyRing.knows(sealingKey(head))) continue
      database.prepare(`UPDATE ${name} SET seal = ? WHERE substr(seal, 1, 8) = ?`).run(keyRing.brokenSeal(), head)
    }
  }
}

/**
 * Compares a state with the newest one that was acknowledged, which is never ahead of the database.
 * @throws CoatcheckError `state_rolled_back`
 */
export function refuseRollback(
  keyRing: KeyRing,
  state: AuthorityState,
  mark: HighWaterMark | undefined | 'unreadable',
): void {
  if (mark === 'unreadable')
    throw new CoatcheckError('state_rolled_back', { reason: 'the high-water mark cannot be read' })
  if (mark === undefined) {
    // A sudden death between the first state and its mark leaves an empty database without one.
    if (state.revision === firstRevision) return
    throw new CoatcheckError('state_rolled_back', { reason: 'the high-water mark is missing' })
  }
  const present = markOf(keyRing, state, mark.keyId)
  const isOlder = state.revision < mark.revision
  const isOther = state.revision === mark.revision && present.fingerprint !== mark.fingerprint
  if (isOlder || isOther) {
    throw new CoatcheckError('state_rolled_back', { revision: state.revision, expected: mark.revision })
  }
}

/** Revision of a database in which nothing was ever written. */
export const firstRevision = 1

/** SECURITY: triggers and views would run in our own transactions; the schema has none. */
function refuseForeignCode(database: Database): void {
  const found = database.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE type IN ('trigger', 'view')").get()
  if (found?.['count'] !== 0) throw new CoatcheckError('row_tampered', { reason: 'the schema was changed' })
}
