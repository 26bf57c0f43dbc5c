const bucketsPerDoubling = 128
const doublings = 36

/** How often values of about the same size occurred. A quantile is within 0.6 % of the value it stands for. */
export class Histogram {
  readonly #counts = new Float64Array(bucketsPerDoubling * doublings)
  #count = 0

  /** How many values there are. */
  get count(): number {
    return this.#count
  }

  /** @param value at least 0, below 2³⁶; sizes below 1 are not told apart */
  record(value: number): void {
    const bucket = value <= 1 ? 0 : Math.floor(Math.log2(value) * bucketsPerDoubling)
    const at = Math.min(bucket, this.#counts.length - 1)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#count += 1
  }

  /** The value below which this share of all lies; undefined when there are none. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const wanted = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (let at = 0; at < this.#counts.length; at += 1) {
      seen += this.#counts[at] ?? 0
      if (seen >= wanted) return 2 ** ((at + 0.5) / bucketsPerDoubling)
    }
    return undefined
  }
}
