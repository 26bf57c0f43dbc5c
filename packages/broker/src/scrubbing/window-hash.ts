import { randomFillSync } from 'node:crypto'

/** Random numbers that nobody outside of this process can foresee: what hashes alike is known to nobody. */
const random = randomFillSync(new Int32Array(257))
const codes = random.subarray(0, 256)
const base = random[256]! | 1
/** Number of bits of a hash by which most windows are told to be of no interest. */
const filterBits = 12

/** How much a byte adds to a hash, and what to take off when it leaves a window: the same for all values. */
interface Tables {
  readonly enter: Int32Array
  readonly leave: Int32Array
}

const tables = new Map<string, Tables>()

function tablesFor(width: number, isFolded: boolean): Tables {
  const key = `${width} ${isFolded}`
  let known = tables.get(key)
  if (known === undefined) {
    const enter = isFolded ? codes.map((_, byte) => codes[fold(byte)]!) : codes
    let power = 1
    for (let count = 0; count < width; count += 1) power = Math.imul(power, base)
    known = { enter, leave: enter.map((code) => Math.imul(code, power)) }
    tables.set(key, known)
  }
  return known
}

/** Windows of one width, by their hash. `isFolded` takes letters in both cases for the same. */
export class WindowHash<Meaning> {
  readonly width: number
  readonly isFolded: boolean
  /** Of the window that was found last. */
  meanings: readonly Meaning[] = []
  readonly #enter: Int32Array
  readonly #leave: Int32Array
  readonly #filter = new Uint8Array(1 << filterBits)
  readonly #meanings = new Map<number, Meaning[]>()

  constructor(width: number, isFolded: boolean) {
    this.width = width
    this.isFolded = isFolded
    const { enter, leave } = tablesFor(width, isFolded)
    this.#enter = enter
    this.#leave = leave
  }

  /** Remembers the last `width` of these bytes. */
  add(bytes: Uint8Array, meaning: Meaning): void {
    const enter = this.#enter
    let hash = 0
    for (const byte of bytes.subarray(-this.width)) hash = (Math.imul(hash, base) + enter[byte]!) | 0
    this.#filter[hash >>> (32 - filterBits)] = 1
    this.#meanings.set(hash, [...(this.#meanings.get(hash) ?? []), meaning])
  }

  /**
   * The index behind the first window that hashes like one that was added, or -1; what it may be is in `meanings`. SECURITY: all windows cost
   * the same, whatever was added: a window is compared as a whole or not at all, so time tells nothing of a part (SEC-03).
   */
  find(bytes: Uint8Array, start: number, end: number): number {
    const enter = this.#enter
    const leave = this.#leave
    const filter = this.#filter
    const { width } = this
    let index = start + width
    if (index > end) return -1
    let hash = 0
    for (let at = start; at < index; at += 1) hash = (Math.imul(hash, base) + enter[bytes[at]!]!) | 0
    for (;;) {
      if (filter[hash >>> (32 - filterBits)] === 1) {
        const meanings = this.#meanings.get(hash)
        if (meanings !== undefined) {
          this.meanings = meanings
          return index
        }
      }
      if (index === end) return -1
      // Twice an integer: a sum of three would be reckoned in floating point, at four times the time.
      const change = (enter[bytes[index]!]! - leave[bytes[index - width]!]!) | 0
      hash = (Math.imul(hash, base) + change) | 0
      index += 1
    }
  }
}

/** A byte with ASCII letters in lower case. */
export function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}
