import type { NeedleSearch } from './needle-search.ts'

/** Searches bytes that come in chunks, wherever these are cut. Holds less than the longest needle of what went by. */
export class StreamSearch<Meaning> {
  readonly #search: NeedleSearch<Meaning>
  #tail = Buffer.alloc(0)

  constructor(search: NeedleSearch<Meaning>) {
    this.#search = search
  }

  /** Another search that has seen the same so far. */
  fork(): StreamSearch<Meaning> {
    const other = new StreamSearch(this.#search)
    other.#tail = this.#tail
    return other
  }

  /** What came to its end in this chunk; at least once each. */
  write(chunk: Buffer): readonly Meaning[] {
    const across = this.writeKnown(chunk)
    const within = this.#search.find(chunk)
    return across.length === 0 ? within : [...across, ...within]
  }

  /** Like `write` for a chunk that was itself searched before: only what began in an earlier one is looked for. */
  writeKnown(chunk: Buffer): readonly Meaning[] {
    if (this.#search.longest === 0) return []
    const kept = this.#search.longest - 1
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, kept)])
    const found = this.#tail.length === 0 ? [] : this.#search.find(seam)
    // A copy: whoever sent the chunk may write into its memory again.
    this.#tail = Buffer.from((chunk.length < kept ? seam : chunk).subarray(-kept))
    return found
  }
}
