import type { Clock } from '../foundation/clock.ts'

/** `setTimeout` fires at once beyond this. */
const maxTimerMs = 2 ** 31 - 1

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
    const leftMs = Math.max(0, this.#at - this.#clock.now().getTime())
    const next = leftMs > maxTimerMs ? () => this.#arm() : this.#act
    this.#timer = setTimeout(next, Math.min(leftMs, maxTimerMs)).unref()
  }
}
