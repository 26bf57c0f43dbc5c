import { CoatcheckError } from '@coatcheck/contract'
import { encodeCanonically } from '../../vault/canonical-encoding.ts'
import type { KeyRing } from '../../vault/key-ring.ts'
import type { Database } from './database.ts'
import type { HighWaterMark } from './high-water-file.ts'
import { RowDigest } from './row-digest.ts'

/** What the authority rows add up to after a number of changes. */
export interface AuthorityState {
  /** Counts changes. */
  readonly revision: number
  readonly digest: RowDigest
}

/**
 * Reads the one row of the table `state`; undefined when nothing was ever written.
 * @throws CoatcheckError `row_tampered` | `key_unusable` | `vault_locked`
 */
export function readState(database: Database, keyRing: KeyRing): AuthorityState | undefined {
  const row = database.prepare('SELECT revision, key_id, nonce, digest FROM state').get()
  if (row === undefined) return undefined
  const [revision, keyId] = [Number(row['revision']), String(row['key_id'])]
  keyRing.requireUnlocked()
  if (!keyRing.knows(keyId))
    throw new CoatcheckError('key_unusable', { reason: 'the database was written under another key' })
  const sealed = { nonce: row['nonce'] as Uint8Array, ciphertext: row['digest'] as Uint8Array }
  // SECURITY: the digest is encrypted as well, because from the sums of many states the hashes of rows could be worked out.
  return { revision, digest: new RowDigest(keyRing.openState(sealed, bind(revision), keyId)) }
}

/** Id of the key that the state was written under; empty when nothing was ever written. */
export function storedKeyId(database: Database): string {
  return String(database.prepare('SELECT key_id FROM state').get()?.['key_id'] ?? '')
}

/** Must run in the transaction that changed the rows. @throws CoatcheckError `vault_locked` */
export function writeState(database: Database, keyRing: KeyRing, { revision, digest }: AuthorityState): void {
  const { nonce, ciphertext } = keyRing.sealState(digest.toBytes(), bind(revision))
  database
    .prepare('INSERT OR REPLACE INTO state (id, revision, key_id, nonce, digest) VALUES (1, ?, ?, ?, ?)')
    .run(revision, keyRing.keyId, nonce, ciphertext)
}

/** The mark that stands for a state, under the key in use or another one. @throws CoatcheckError `vault_locked` */
export function markOf(
  keyRing: KeyRing,
  { revision, digest }: AuthorityState,
  keyId: string = keyRing.keyId,
): HighWaterMark {
  const bytes = keyRing.authenticateMark(encodeCanonically(['state', revision, digest.toBytes()]), keyId)
  return { revision, keyId, fingerprint: Buffer.from(bytes).toString('hex') }
}

function bind(revision: number): Uint8Array {
  return encodeCanonically(['coatcheck-state-1', revision])
}
