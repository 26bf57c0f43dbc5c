import type { SqliteAuditIndex } from './audit-index.ts'

/** How long one slice may keep the process from its other work. */
const sliceMs = 40
/** Between slices while there is more to read. */
const restMs = 20
/** Between looks when everything is read. */
const idleMs = 2_000

/** Reads the journals into their index little by little, so that the first question does not wait for all of them. */
export class AuditIndexPace {
  readonly #index: SqliteAuditIndex
  #timer: NodeJS.Timeout | undefined

  constructor(index: SqliteAuditIndex) {
    this.#index = index
    this.#next(idleMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #next(delayMs: number): void {
    this.#timer = setTimeout(() => this.#next(this.#readSlice() ? idleMs : restMs), delayMs).unref()
  }

  #readSlice(): boolean {
    try {
      return this.#index.catchUpFor(sliceMs)
    } catch {
      // Whoever asks the index next is told what is wrong with it.
      return true
    }
  }
}
