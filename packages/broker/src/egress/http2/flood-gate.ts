/** How much of something is let through. */
export interface FloodLimit {
  /** At once. */
  readonly burst: number
  /** In the long run. */
  readonly perSecond: number
}

/** Counts what a peer does against a limit. */
export class FloodGate {
  readonly #limit: FloodLimit
  readonly #now: () => number
  #left: number
  #countedAtMs: number

  constructor(limit: FloodLimit, now: () => number = () => performance.now()) {
    this.#limit = limit
    this.#now = now
    this.#left = limit.burst
    this.#countedAtMs = now()
  }

  /** Counts one more. @returns false when that is too many */
  admit(): boolean {
    const { burst, perSecond } = this.#limit
    const nowMs = this.#now()
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#countedAtMs) / 1_000) * perSecond)
    this.#countedAtMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
