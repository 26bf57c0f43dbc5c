import type { Revision } from '../foundation/revision.ts'
import { epochAt, type RevisionMemory, revisionMemory, usedAt } from './revision-memory.ts'

/** How often changes are looked for while workers have something to do, in milliseconds. */
const lookEveryMs = 5
/** Looks in a row that no worker needed, before it is left to the next question. */
const maxIdleLooks = 40

/** Tells workers that authority changed. Looks for changes itself only while they have something to do. */
export class RevisionPublisher {
  readonly memory: RevisionMemory = revisionMemory()
  readonly #revision: Revision
  #seen: number | undefined
  #idleLooks = 0
  #timer: NodeJS.Timeout | undefined

  constructor(revision: Revision) {
    this.#revision = revision
  }

  /** Finds out what changed up to now, here or in another process, and publishes it. */
  look(): void {
    const at = process.hrtime.bigint()
    const seen = this.#ask()
    // SECURITY: as long as the revision cannot be found out, whatever was made from an earlier one is out of date.
    if (seen === undefined || seen !== this.#seen) this.publish()
    this.#seen = seen
    Atomics.store(this.memory.lookedAt, 0, at)
    this.#idleLooks = 0
    this.#timer ??= setInterval(() => this.#lookAgain(), lookEveryMs).unref()
  }

  /** Says that something changed which is in no row, such as a lock. */
  publish(): void {
    Atomics.add(this.memory.numbers, epochAt, 1)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #lookAgain(): void {
    const idleLooks = Atomics.exchange(this.memory.numbers, usedAt, 0) === 0 ? this.#idleLooks + 1 : 0
    this.look()
    this.#idleLooks = idleLooks
    if (idleLooks >= maxIdleLooks) this.stop()
  }

  #ask(): number | undefined {
    try {
      return this.#revision.fresh?.() ?? this.#revision.current()
    } catch {
      // Whoever asks for rows meets the same, and says so.
      return undefined
    }
  }
}
