/** Bytes to look for, and what finding them means. */
export interface Needle<Meaning> {
  readonly bytes: Buffer
  readonly meaning: Meaning
}

/** Needles are told apart by the last bytes of their first `window` bytes. */
const blockLength = 2

/**
 * Looks for many needles at once, after Wu and Manber (1994): where two bytes cannot end any needle's beginning, it skips
 * ahead by as much. The cost grows with the haystack and not with the number of needles. Needles are no secrets, so the time
 * that a search takes may depend on them.
 */
export class NeedleSearch<Meaning> {
  /** Length of the longest needle, in bytes; 0 without needles. */
  readonly longest: number
  /** Length of the shortest needle, in bytes. */
  readonly #window: number
  readonly #shifts: Uint8Array
  readonly #candidates = new Map<number, Needle<Meaning>[]>()

  constructor(needles: readonly Needle<Meaning>[]) {
    const lengths = needles.map(({ bytes }) => bytes.length)
    this.longest = Math.max(0, ...lengths)
    this.#window = Math.min(255, ...lengths)
    if (this.#window < blockLength) throw new RangeError(`a needle is shorter than ${blockLength} bytes`)
    this.#shifts = new Uint8Array(needles.length === 0 ? 0 : 0x10000).fill(this.#window - blockLength + 1)
    for (const needle of needles) this.#add(needle)
  }

  /** What stands in `haystack`, in the order of where it begins to be seen; one that overlaps another is reported too. */
  *find(haystack: Buffer): Generator<Meaning, void, undefined> {
    if (this.longest === 0) return
    const shifts = this.#shifts
    let end = this.#window
    while (end <= haystack.length) {
      const block = (haystack[end - 2]! << 8) | haystack[end - 1]!
      const shift = shifts[block]!
      if (shift > 0) {
        end += shift
        continue
      }
      const start = end - this.#window
      for (const { bytes, meaning } of this.#candidates.get(block)!) {
        if (standsAt(haystack, bytes, start)) yield meaning
      }
      end += 1
    }
  }

  #add(needle: Needle<Meaning>): void {
    for (let end = blockLength; end <= this.#window; end += 1) {
      const block = (needle.bytes[end - 2]! << 8) | needle.bytes[end - 1]!
      this.#shifts[block] = Math.min(this.#shifts[block]!, this.#window - end)
      if (end === this.#window) this.#candidates.set(block, [...(this.#candidates.get(block) ?? []), needle])
    }
  }
}

function standsAt(haystack: Buffer, needle: Buffer, start: number): boolean {
  const end = start + needle.length
  return end <= haystack.length && haystack.compare(needle, 0, needle.length, start, end) === 0
}
