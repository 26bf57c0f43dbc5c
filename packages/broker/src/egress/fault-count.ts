/** Counts the unexpected errors that ended exchanges. Each is a bug; each has already denied its request. */
export class FaultCount {
  #total = 0

  /** Since the broker started. */
  get total(): number {
    return this.#total
  }

  add(): void {
    this.#total += 1
  }
}
