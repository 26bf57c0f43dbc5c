import { CoatcheckError } from '@coatcheck/contract'
import type { KeyRing } from '../../vault/key-ring.ts'
import { breakUnknownSeals, firstRevision, inspectRows, refuseRollback } from './authority-check.ts'
import { type AuthorityState, markOf, readState, storedKeyId, writeState } from './authority-state.ts'
import type { Row } from './authority-table.ts'
import type { Database } from './database.ts'
import type { HighWaterFile } from './high-water-file.ts'
import { RowDigest } from './row-digest.ts'
import type { RowRekeyer } from './row-rekeyer.ts'

/** A state that was found whole, and the database's version at which it was. */
interface Verified extends AuthorityState {
  readonly dataVersion: number
  readonly tampered: ReadonlySet<string>
  /** Rows of this state that were read and verified, by what they were asked for with. */
  /** What was read under a key; null where there was nothing. */
  readonly recalled: Map<string, Row | null>
}

const maxRecalledRows = 10_000

/** What an authority is made of. */
export interface AuthorityParts {
  readonly database: Database
  readonly keyRing: KeyRing
  readonly highWater: HighWaterFile
  readonly rekeyer: RowRekeyer
  /** Called before each change is acknowledged. */
  readonly beforeAcknowledging?: () => void
}

/**
 * Guards the authority rows: every read sees a snapshot that was verified as a whole, and every write moves the sealed
 * state, and then the high-water mark, along with the rows.
 */
export class Authority {
  readonly database: Database
  readonly keyRing: KeyRing
  readonly rekeyer: RowRekeyer
  readonly #highWater: HighWaterFile
  readonly #beforeAcknowledging: (() => void) | undefined
  #verified: Verified | undefined
  /** Digest of the transaction that is being written. */
  #draft: RowDigest | undefined
  #isShowing = false
  /** How often rows were found that do not fit their seals. */
  #alarms = 0

  constructor({ database, keyRing, highWater, rekeyer, beforeAcknowledging }: AuthorityParts) {
    this.database = database
    this.keyRing = keyRing
    this.rekeyer = rekeyer
    this.#highWater = highWater
    this.#beforeAcknowledging = beforeAcknowledging
  }

  /**
   * Counts changes, and also each time that rows were found that do not fit their seals, so that whatever was made from them
   * before is made again, and refused.
   * @throws CoatcheckError `state_rolled_back` | `row_tampered` | `vault_locked` | `key_unusable` | `storage_unavailable`
   */
  revision(): number {
    this.#begin()
    if (!this.#isVerified()) this.read(() => {})
    return this.#verified!.revision + this.#alarms
  }

  /** The revision as of the last look, without another one; undefined when there was none, or the keys are gone since. */
  get known(): number | undefined {
    return this.#verified === undefined || !this.keyRing.holdsKeys ? undefined : this.#verified.revision + this.#alarms
  }

  /** Runs `work` on one verified snapshot. @throws CoatcheckError as `revision` does */
  read<Result>(work: () => Result): Result {
    this.#begin()
    const settled = this.#snapshot(() => (this.#isVerified() ? { value: work() } : undefined))
    if (settled !== undefined) return settled.value
    // SECURITY: the mark is read before the snapshot is taken. It is never ahead of the database, so a mark that is newer
    // than the snapshot means that the database is an older one.
    const mark = this.#highWater.read()
    const { value, behind } = this.#snapshot(() => {
      if (!this.#verify(mark)) return { value: undefined, behind: true }
      return { value: { result: work() }, behind: isBehind(mark, this.#verified!) }
    })
    if (value === undefined) {
      this.write(() => {})
      return this.read(work)
    }
    if (behind) this.#raiseMark()
    return value.result
  }

  /** Like `read` of one row, which is remembered under `key` until any authority row changes, here or in another process. */
  recall(key: string, work: () => Row | undefined): Row | undefined {
    this.#begin()
    const known = this.#isVerified() ? this.#verified?.recalled.get(key) : undefined
    if (known !== undefined) return known ?? undefined
    const row = this.read(work)
    const recalled = this.#verified?.recalled
    if (recalled === undefined) return row
    if (recalled.size >= maxRecalledRows) recalled.clear()
    recalled.set(key, row === undefined ? null : Object.freeze(row))
    return row
  }

  /** Like `read`; while the vault is locked, when nothing can be verified, `work` runs all the same, to show metadata. */
  show<Result>(work: () => Result): Result {
    if (!this.keyRing.locked) return this.read(work)
    this.#isShowing = true
    try {
      return this.#snapshot(work)
    } finally {
      this.#isShowing = false
    }
  }

  /** Whether rows are only shown, and so are not verified. */
  get isShowing(): boolean {
    return this.#isShowing
  }

  /** Runs `work`, which changes authority rows, in one transaction that no other writer shares. @throws CoatcheckError as `revision` does */
  write<Result>(work: () => Result): Result {
    return this.#write(work, false)
  }

  /** Writes state and mark anew, under the key in use. @throws CoatcheckError as `revision` does */
  restate(): void {
    this.#write(() => {}, true)
  }

  /** Whether state and mark are under the key in use. To be asked while no other process writes. */
  isStatedUnderPresentKey(): boolean {
    const { keyId } = this.keyRing
    const mark = this.#highWater.read()
    return storedKeyId(this.database) === keyId && typeof mark === 'object' && mark.keyId === keyId
  }

  #write<Result>(work: () => Result, restates: boolean): Result {
    this.#begin()
    try {
      const { result, next } = this.database.transaction('IMMEDIATE', () => {
        // SECURITY: keys change only while nobody else writes, so what is written from here on is under the right one.
        this.keyRing.refresh()
        if (!this.#isVerified() && !this.#verify(this.#highWater.read())) this.#initialize()
        return this.#change(this.#verified!, work, restates)
      })
      this.#verified = next
      this.#raiseMark()
      this.#beforeAcknowledging?.()
      return result
    } catch (error) {
      // What was verified last may have been rolled back, or committed after all.
      this.#forget()
      throw error
    }
  }

  /** Takes a row into the digest, and another out of it, inside `write`. */
  account(added: Uint8Array | undefined, removed: Uint8Array | undefined): void {
    if (this.#draft === undefined)
      throw new CoatcheckError('internal', { reason: 'authority rows change only in a write' })
    if (added !== undefined) this.#draft.add(this.keyRing, added)
    if (removed !== undefined) this.#draft.subtract(this.keyRing, removed)
  }

  /** Whether the last verification found a row of the table that does not fit its seal. */
  isTampered(table: string): boolean {
    return this.#verified?.tampered.has(table) === true
  }

  /**
   * Takes the rows as they stand for the present state, because an operator said so. Rows that do not fit their seals stay refused.
   * @throws CoatcheckError `vault_locked` | `storage_unavailable` | `row_tampered`
   */
  confirm(): void {
    this.#begin()
    this.#forget()
    this.database.transaction('IMMEDIATE', () => {
      this.keyRing.refresh()
      breakUnknownSeals(this.database, this.keyRing)
      const { digest } = inspectRows(this.database, this.keyRing)
      const mark = this.#highWater.read()
      const highest = typeof mark === 'object' ? mark.revision : firstRevision
      const state = { revision: Math.max(highest, this.#storedRevision()) + 1, digest }
      writeState(this.database, this.keyRing, state)
      // The mark goes first: should this process die here, the operator is asked once more.
      this.#highWater.write(markOf(this.keyRing, state))
    })
  }

  #change<Result>(
    before: Verified,
    work: () => Result,
    restates: boolean,
  ): { readonly result: Result; readonly next: Verified } {
    const draft = new RowDigest(before.digest.toBytes())
    this.#draft = draft
    try {
      const result = work()
      if (!restates && draft.equals(before.digest)) return { result, next: before }
      const next = { ...before, revision: before.revision + 1, digest: draft, recalled: new Map() }
      writeState(this.database, this.keyRing, next)
      return { result, next }
    } finally {
      this.#draft = undefined
    }
  }

  #begin(): void {
    this.keyRing.requireUnlocked()
    if (this.database.reopenIfReplaced()) this.#forget()
  }

  #forget(): void {
    this.#verified = undefined
  }

  #snapshot<Result>(work: () => Result): Result {
    return this.database.transaction('DEFERRED', work)
  }

  #isVerified(): boolean {
    return this.#verified?.dataVersion === this.database.dataVersion()
  }

  /** False when the database has never been written. */
  #verify(mark: ReturnType<HighWaterFile['read']>): boolean {
    this.#forget()
    this.keyRing.refresh()
    const state = readState(this.database, this.keyRing)
    const { rows, digest, tampered, keyIds } = inspectRows(this.database, this.keyRing)
    if (state === undefined && rows === 0) return false
    if (state === undefined || !state.digest.equals(digest)) {
      throw new CoatcheckError('row_tampered', { reason: 'rows were added, removed or put back' })
    }
    refuseRollback(this.keyRing, state, mark)
    if (tampered.size > 0) this.#alarms++
    const markedBy = typeof mark === 'object' ? [mark.keyId] : []
    this.keyRing.retain(new Set([...keyIds, ...markedBy, storedKeyId(this.database)]))
    this.#verified = { ...state, tampered, recalled: new Map(), dataVersion: this.database.dataVersion() }
    return true
  }

  #initialize(): void {
    const state = { revision: firstRevision, digest: new RowDigest() }
    refuseRollback(this.keyRing, state, this.#highWater.read())
    writeState(this.database, this.keyRing, state)
    this.#verified = {
      ...state,
      tampered: new Set(),
      recalled: new Map(),
      dataVersion: this.database.dataVersion(),
    }
  }

  /** The revision of the stored state, if a holder of the key wrote it. */
  #storedRevision(): number {
    try {
      return readState(this.database, this.keyRing)?.revision ?? firstRevision
    } catch (error) {
      if (error instanceof CoatcheckError && error.code === 'row_tampered') return firstRevision
      throw error
    }
  }

  /** Writes the mark while no other process can commit, so that it never goes back. */
  #raiseMark(): void {
    this.database.transaction('IMMEDIATE', () => {
      this.keyRing.refresh()
      const state = readState(this.database, this.keyRing)
      if (state !== undefined && isBehind(this.#highWater.read(), state))
        this.#highWater.write(markOf(this.keyRing, state))
    })
  }
}

function isBehind(mark: ReturnType<HighWaterFile['read']>, state: AuthorityState): boolean {
  return mark === undefined || (mark !== 'unreadable' && mark.revision < state.revision)
}
