import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'
import { HomeLock } from '../storage/sqlite/home-lock.ts'

/** Secrets share locks, so that no secret that was deleted leaves a file behind. */
const lockCount = 64
/** How often it is tried again, in milliseconds. */
const retryMs = 20

/**
 * Turns of the brokers of one home: who has that of a secret is the only one that asks a service about it. Held by a lock of the
 * operating system, so that a turn ends with its process, however that ends, and not before.
 */
export class Turns {
  readonly #folder: string

  /** @param folder is made with mode 0700 when the first turn is taken */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Waits for the turn of a secret; to dispose it is to pass it on. Rejects with the signal's reason.
   * @throws CoatcheckError `storage_unavailable`
   */
  async take(secretId: string, signal: AbortSignal): Promise<Disposable> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const path = join(this.#folder, `${numberOf(secretId)}.lock`)
    for (;;) {
      signal.throwIfAborted()
      const lock = lockIfFree(path)
      if (lock !== undefined) return { [Symbol.dispose]: () => lock.release() }
      await sleep(retryMs, undefined, { signal })
    }
  }
}

function lockIfFree(path: string): HomeLock | undefined {
  try {
    return new HomeLock(path, 'alone')
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'home_in_use') return undefined
    throw error
  }
}

function numberOf(secretId: string): number {
  return createHash('sha256').update(secretId).digest().readUInt32BE() % lockCount
}
