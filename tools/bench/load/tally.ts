import { Histogram } from '../measure/histogram.ts'
import type { Amount, LoadResult } from './job.ts'

/** Counts what a load does, and knows when it has done enough. */
export class Tally {
  readonly #histogram = new Histogram()
  readonly #startedAt = performance.now()
  readonly #amount: Amount
  #begun = 0
  #completed = 0
  #errors = 0
  #firstError: string | undefined
  #bytes = 0
  #resumed = 0

  constructor(amount: Amount) {
    this.#amount = amount
  }

  /** Whether another one is to be begun; counts it when it is. */
  mayBegin(): boolean {
    const { count = Number.POSITIVE_INFINITY, durationMs = Number.POSITIVE_INFINITY } = this.#amount
    if (this.#begun >= count || performance.now() - this.#startedAt >= durationMs) return false
    this.#begun += 1
    return true
  }

  /** @param micros how long it took */
  complete(micros: number, bytes: number): void {
    this.#completed += 1
    this.#bytes += bytes
    // Nanoseconds, so that the smallest delay is far from the lower end of the histogram.
    this.#histogram.record(micros * 1000)
  }

  resume(): void {
    this.#resumed += 1
  }

  fail(error: unknown): void {
    this.#errors += 1
    this.#firstError ??= error instanceof Error ? error.message : String(error)
  }

  result(): LoadResult {
    const p50 = this.#histogram.quantile(0.5)
    const p99 = this.#histogram.quantile(0.99)
    return {
      completed: this.#completed,
      errors: this.#errors,
      ...(this.#firstError !== undefined && { firstError: this.#firstError }),
      bytes: this.#bytes,
      elapsedMs: performance.now() - this.#startedAt,
      ...(p50 !== undefined && { p50Us: p50 / 1000 }),
      ...(p99 !== undefined && { p99Us: p99 / 1000 }),
      ...(this.#resumed > 0 && { resumed: this.#resumed }),
    }
  }
}
