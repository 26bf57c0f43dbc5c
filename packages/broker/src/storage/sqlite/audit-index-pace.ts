import type { SqliteAuditIndex } from './audit-index.ts'

/** How long one slice may keep the process from its other work, in milliseconds. */
const sliceMs = 8
/** Between slices while there is more to read, by the share of its time that the process is busy with other work. */
const rests = [
  { above: 0.7, ms: 1_000 },
  { above: 0.3, ms: 250 },
  { above: -1, ms: 10 },
]
/** Between looks when everything is read. */
const idleMs = 2_000

/**
 * Reads the journals into their index little by little, so that a question does not wait for all of them; where the process is
 * busy with requests, slowly, since nobody may ever ask.
 */
export class AuditIndexPace {
  readonly #index: SqliteAuditIndex
  readonly #busiestThread: () => number
  #timer: NodeJS.Timeout | undefined
  #lookedAt = performance.eventLoopUtilization()

  /** @param busiestThread share of its time that the busiest of the other threads was busy since it was last asked */
  constructor(index: SqliteAuditIndex, busiestThread: () => number = () => 0) {
    this.#index = index
    this.#busiestThread = busiestThread
    this.#next(idleMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #next(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const own = performance.eventLoopUtilization(this.#lookedAt).utilization
      const utilization = Math.max(own, this.#busiestThread())
      const isDone = this.#readSlice()
      // Its own slices do not count.
      this.#lookedAt = performance.eventLoopUtilization()
      this.#next(isDone ? idleMs : (rests.find(({ above }) => utilization > above)?.ms ?? idleMs))
    }, delayMs).unref()
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
