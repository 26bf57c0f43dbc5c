/** Bytes to look for, and what finding them means. */
export interface Needle<Meaning> {
  readonly bytes: Buffer
  readonly meaning: Meaning
}

const none: readonly never[] = []

/** Number of bytes by which needles are told apart. */
const blockLength = 3

/** Slots of a table for each needle, so that few blocks share one; and the bits by which slots are numbered, at least and at most. */
const slotsPerNeedle = 128
const [minSlotBits, maxSlotBits] = [12, 16]

/**
 * Looks for many needles at once, after Wu and Manber (1994): where three bytes end no needle, it skips ahead as far as none can
 * end. The cost grows with the haystack, hardly with the number of needles. It depends on what the needles are, so they must
 * not be secrets. Needles are compared from their ends, where placeholders differ.
 */
export class NeedleSearch<Meaning> {
  /** Length of the longest needle, in bytes; 0 without needles. */
  readonly longest: number
  /** Length of the shortest needle, in bytes; without needles, Infinity. */
  readonly shortest: number
  /** Number of bytes at the end of each needle that decide how far to skip. */
  readonly #window: number
  readonly #shifts: Uint8Array
  readonly #slotBits: number
  readonly #candidates = new Map<number, Needle<Meaning>[]>()

  constructor(needles: readonly Needle<Meaning>[]) {
    const lengths = needles.map(({ bytes }) => bytes.length)
    this.longest = Math.max(0, ...lengths)
    this.shortest = Math.min(...lengths)
    this.#window = Math.min(255, this.shortest)
    if (this.#window < blockLength) throw new RangeError(`a needle is shorter than ${blockLength} bytes`)
    const wanted = Math.ceil(Math.log2(needles.length * slotsPerNeedle))
    this.#slotBits = Math.min(maxSlotBits, Math.max(minSlotBits, wanted))
    this.#shifts = new Uint8Array(needles.length === 0 ? 0 : 1 << this.#slotBits).fill(this.#window - blockLength + 1)
    for (const needle of needles) this.#add(needle)
  }

  /** What stands in `haystack`, in the order in which it ends. */
  find(haystack: Buffer): readonly Meaning[] {
    const { length } = haystack
    if (this.longest === 0 || length < this.#window) return none
    const shifts = this.#shifts
    const slotBits = this.#slotBits
    let found: Meaning[] | undefined
    let end = this.#window
    // Every body goes through here: a generator would take twice as long.
    while (end <= length) {
      const slot = slotOf(haystack, end, slotBits)
      const shift = shifts[slot]!
      if (shift === 0) {
        for (const { bytes, meaning } of this.#candidates.get(slot)!) {
          if (!endsAt(haystack, bytes, end)) continue
          found ??= []
          found.push(meaning)
        }
        end += 1
      } else end += shift
    }
    return found ?? none
  }

  #add(needle: Needle<Meaning>): void {
    const { bytes } = needle
    for (let distance = 0; distance <= this.#window - blockLength; distance += 1) {
      const slot = slotOf(bytes, bytes.length - distance, this.#slotBits)
      this.#shifts[slot] = Math.min(this.#shifts[slot]!, distance)
    }
    const last = slotOf(bytes, bytes.length, this.#slotBits)
    this.#candidates.set(last, [...(this.#candidates.get(last) ?? []), needle])
  }
}

/** A number of so many bits for three bytes. Others may have the same one, so needles are compared whole. */
function slotOf(bytes: Buffer, end: number, bits: number): number {
  const first = bytes[end - 3]! << (bits - 6)
  return (first ^ (bytes[end - 2]! << ((bits - 5) >> 1)) ^ bytes[end - 1]!) & ((1 << bits) - 1)
}

function endsAt(haystack: Buffer, needle: Buffer, end: number): boolean {
  const start = end - needle.length
  return start >= 0 && haystack[start] === needle[0] && haystack.compare(needle, 0, needle.length, start, end) === 0
}
