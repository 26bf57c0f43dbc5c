import type { Revision } from '../foundation/revision.ts'
import { epochAt, type RevisionMemory, usedAt } from './revision-memory.ts'

/** For so long the main thread's last look is good enough, in nanoseconds; it looks twice as often. */
const recentNs = 10_000_000n

/** The revision as the main thread publishes it, read without asking. */
export class SharedRevision implements Revision {
  readonly #memory: RevisionMemory

  constructor(memory: RevisionMemory) {
    this.#memory = memory
  }

  current(): number {
    return Atomics.load(this.#memory.numbers, epochAt)
  }

  /** SECURITY: whether `current` knows what other processes changed up to ten milliseconds ago. Has the main thread keep it so. */
  isRecent(): boolean {
    Atomics.store(this.#memory.numbers, usedAt, 1)
    return process.hrtime.bigint() - Atomics.load(this.#memory.lookedAt, 0) < recentNs
  }
}
