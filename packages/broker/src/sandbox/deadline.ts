import type { Clock } from '../foundation/clock.ts'

/** `setTimeout` fires at once beyond this. */
const maxTimerMs = 2 ** 31 - 1

/** Timers may fire this much before the clock is there, and whoever looks at the clock then would find nothing over. */
const earlyMs = 2

/** Acts at an instant, however far away, unless it is called off. Keeps no process alive. */
export class Deadline implements Disposable {
  readonly #clock: Clock
  readonly #at: number
  readonly #act: () => void
  #timer: NodeJS.Timeout | undefined

  /** @param at RFC 3339 */
  constructor(clock: Clock, at: string, act: () => void) {
    this.#clock = clock
    this.#at = Date.parse(at)
    this.#act = act
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #arm(): void {
    const leftMs = this.#leftMs()
    const next = leftMs > maxTimerMs ? () => this.#arm() : () => this.#wake()
    this.#timer = setTimeout(next, Math.min(leftMs, maxTimerMs)).unref()
  }

  /** SECURITY: where much is left, the clock was set back, and what was given for a time ends after that time. */
  #wake(): void {
    const leftMs = this.#leftMs()
    if (leftMs > 0 && leftMs <= earlyMs) this.#arm()
    else this.#act()
  }

  #leftMs(): number {
    return Math.max(0, this.#at - this.#clock.now().getTime())
  }
}
