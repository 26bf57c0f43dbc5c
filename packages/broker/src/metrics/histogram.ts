/** Counts durations by the buckets that Prometheus wants, in plain numbers. */
export class Histogram {
  /** Upper bounds, seconds, ascending. */
  readonly boundaries: readonly number[]
  /** One more than there are boundaries. */
  readonly counts: number[]
  #sum = 0
  #count = 0

  constructor(boundaries: readonly number[]) {
    this.boundaries = boundaries
    this.counts = Array<number>(boundaries.length + 1).fill(0)
  }

  /** Of all durations, in seconds. */
  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#count
  }

  record(seconds: number): void {
    let bucket = 0
    while (bucket < this.boundaries.length && seconds > (this.boundaries[bucket] ?? 0)) bucket++
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.#sum += seconds
    this.#count++
  }

  /** What was counted so far, which is counted no longer. */
  take(): Pick<Histogram, 'counts' | 'sum'> {
    const taken = { counts: [...this.counts], sum: this.#sum }
    this.counts.fill(0)
    this.#sum = 0
    this.#count = 0
    return taken
  }

  /** Adds what one with the same boundaries counted. */
  add({ counts, sum }: Pick<Histogram, 'counts' | 'sum'>): void {
    for (const [bucket, count] of counts.entries()) {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + count
      this.#count += count
    }
    this.#sum += sum
  }
}
