import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'
import type { KeyFileEditor } from './key-file-editor.ts'
import type { KeyRing } from './key-ring.ts'

/** What is kept under the key-encryption key, and can be put under another one piece by piece. */
export interface KeyedStore {
  /** Runs `work` while no other process writes the store or the key file. */
  exclusively<Result>(work: () => Result): Result
  /** Writes what vouches for the store as a whole under the key in use. */
  restate(): void
  /** Number of rows that are not under the key in use. */
  countOld(): number
  /** Puts at most `limit` rows under the key in use, all or none of them, and says how many. */
  rekey(limit: number): number
  /** Whether nothing at all needs another key than the one in use. To be asked inside `exclusively`. */
  isSettled(): boolean
  /** Removes the traces of what was overwritten; false while another process is reading. */
  purge(): boolean
}

/** How far a rotation has come, in rows. */
export interface RotationProgress {
  readonly done: number
  readonly total: number
}

/** What a rotation works on. */
export interface RotationParts {
  readonly keyFile: KeyFileEditor
  readonly keyRing: KeyRing
  readonly store: KeyedStore
}

const rowsPerStep = 200
const maxRounds = 100
const purgeAttempts = 100
const purgeRetryMs = 50

/**
 * Replaces the key-encryption key. Both keys lie in the key file until everything is under the new one, so that every process
 * can read at every moment, and a rotation that was interrupted goes on when it is called again. Values are not touched.
 */
export class KeyRotation {
  readonly #parts: RotationParts

  constructor(parts: RotationParts) {
    this.#parts = parts
  }

  /** Whether a rotation was begun and not finished. @throws CoatcheckError `key_unusable` */
  get isPending(): boolean {
    return this.#parts.keyFile.isRotating
  }

  /** Begins a rotation, or joins the one that was begun. @throws CoatcheckError `vault_locked` | `key_unusable` | `storage_unavailable` | `row_tampered` | `state_rolled_back` */
  async rotate(onProgress: (progress: RotationProgress) => void = () => {}): Promise<void> {
    const { keyFile, keyRing, store } = this.#parts
    keyRing.requireUnlocked()
    // SECURITY: a database that is not to be trusted is refused before any key changes.
    store.restate()
    store.exclusively(() => {
      keyRing.refresh()
      keyFile.addKey()
      keyRing.refresh()
    })
    await this.finish(onProgress)
  }

  /** Brings a rotation to its end that was begun here, by another process, or before this one started. @throws CoatcheckError as `rotate` does */
  async finish(onProgress: (progress: RotationProgress) => void = () => {}): Promise<void> {
    const { keyFile, keyRing, store } = this.#parts
    for (let round = 0; round < maxRounds; round++) {
      store.restate()
      await this.#rekeyAll(onProgress)
      await this.#purge()
      const isOver = store.exclusively(() => {
        keyRing.refresh()
        if (!store.isSettled()) return false
        // SECURITY: the old key is destroyed only once nothing that is still needed lies under it.
        keyFile.dropOldKey()
        return true
      })
      if (!isOver) continue
      keyRing.refresh()
      keyRing.retain(new Set())
      return
    }
    throw new CoatcheckError('storage_unavailable', { reason: 'other processes keep changing it' })
  }

  async #rekeyAll(onProgress: (progress: RotationProgress) => void): Promise<void> {
    const { store } = this.#parts
    const total = store.countOld()
    onProgress({ done: 0, total })
    for (let done = 0; ; ) {
      const count = store.rekey(rowsPerStep)
      if (count === 0) return
      done += count
      onProgress({ done: Math.min(done, total), total })
      // The broker goes on with its work between two steps.
      await sleep(1)
    }
  }

  async #purge(): Promise<void> {
    for (let attempt = 0; attempt < purgeAttempts; attempt++) {
      if (this.#parts.store.purge()) return
      await sleep(purgeRetryMs)
    }
    throw new CoatcheckError('storage_unavailable', { reason: 'another process is reading' })
  }
}
