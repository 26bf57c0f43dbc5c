import { type Refusal, RefusedError, refusalOf } from './refusal.ts'

/** Takes an unexpected error to the broker's own log, under an id that somebody was given. */
export type ReportFault = (instance: string, error: unknown) => void

/** Counts the unexpected errors on the way of requests, and reports them. Each is a bug; each has denied its request. */
export class FaultCount {
  readonly #report: ReportFault
  #total = 0

  constructor(report: ReportFault = () => {}) {
    this.#report = report
  }

  /** Since the broker started. */
  get total(): number {
    return this.#total
  }

  add(instance: string, error: unknown): void {
    this.#total += 1
    this.#report(instance, error)
  }

  /** What a sandbox is told about an error. SECURITY: an unexpected one is a denial, and leaves a trace. */
  refusalOf(instance: string, error: unknown): Refusal {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal' && !(error instanceof RefusedError)) this.add(instance, error)
    return refusal
  }
}
