import { randomFillSync } from 'node:crypto'
import { caseBit, hexWindowBytes, maxSlotBits, minSlotBits, windowBytes } from './run-finder-code.ts'

/** Random factors that nobody outside of this process can foresee, made odd: what hashes alike is known to nobody. */
const factors = randomFillSync(Buffer.alloc(16))
factors[0]! |= 1
factors[8]! |= 1

const [first, second] = [factors.readBigUInt64LE(0), factors.readBigUInt64LE(8)]
const caseBits = Buffer.alloc(8, caseBit).readBigUInt64LE(0)

/** Slots of the table for each text in it. */
const slotsPerText = 4

/** What is looked for; hexadecimal digits, in either case, by a longer window. */
export interface SievedText {
  readonly bytes: Buffer
  readonly isHexadecimal: boolean
}

/**
 * Tells runs of characters that have none of some texts in them from those that may. Of each text it knows the last window, by 40 bits and more
 * of its hash. SECURITY: a window is known as a whole or not at all, so time tells nothing of a part (SEC-03).
 */
export class WindowSieve {
  /** Bits by which the slots of its table are numbered. */
  readonly slotBits: number
  readonly factors = factors
  readonly table: Int32Array<ArrayBuffer>

  private constructor(texts: readonly SievedText[], slotBits: number) {
    this.slotBits = slotBits
    this.table = new Int32Array(2 ** slotBits)
    for (const text of texts) this.#add(text)
  }

  /** @returns undefined where a text is shorter than its window, or where they are too many */
  static of(texts: readonly SievedText[]): WindowSieve | undefined {
    if (texts.some((text) => text.bytes.length < widthOf(text))) return undefined
    const slotBits = Math.max(minSlotBits, Math.ceil(Math.log2(texts.length * slotsPerText)))
    return slotBits > maxSlotBits ? undefined : new WindowSieve(texts, slotBits)
  }

  #add(text: SievedText): void {
    const window = text.bytes.subarray(-widthOf(text))
    const bits = text.isHexadecimal ? caseBits : 0n
    let hash = 0n
    for (let at = 0; at < window.length; at += 16) {
      const left = (hash + (window.readBigUInt64LE(at) | bits)) * first
      hash = BigInt.asUintN(64, (left + (window.readBigUInt64LE(at + 8) | bits)) * second)
    }
    const check = Number(BigInt.asIntN(32, hash >> BigInt(32 - this.slotBits))) | 1
    let slot = Number(hash >> BigInt(64 - this.slotBits))
    while (this.table[slot] !== 0) slot = (slot + 1) % this.table.length
    this.table[slot] = check
  }
}

function widthOf({ isHexadecimal }: SievedText): number {
  return isHexadecimal ? hexWindowBytes : windowBytes
}
