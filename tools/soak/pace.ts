import { setTimeout as delay } from 'node:timers/promises'

/** How much of what was missed is made up for, in milliseconds. */
const catchUpMs = 2_000

/** Lets so many through in a second, evenly, whoever they are. */
export class Pace {
  readonly #periodMs: number
  #next = 0

  /** @param perSecond infinite where nobody waits */
  constructor(perSecond: number) {
    this.#periodMs = 1000 / perSecond
  }

  /** Resolves when it is the caller’s turn. */
  async turn(): Promise<void> {
    const present = performance.now()
    const at = Math.max(this.#next, present - catchUpMs)
    this.#next = at + this.#periodMs
    if (at > present) await delay(at - present)
  }
}
