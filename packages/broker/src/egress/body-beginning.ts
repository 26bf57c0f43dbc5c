import { type BodyCaps, requestTooLong } from './body-caps.ts'
import { maxHeldBytes } from './max-held-bytes.ts'
import { RefusedError } from './refusal.ts'
import type { BodyWatch } from './stages/body-watch.ts'

/** Times that a beginning is looked at with every chunk, for clients that wait between two of them; then whenever it has doubled. */
const maxLooks = 32

/** What a beginning is held for. */
export interface BeginningUse {
  readonly watch: BodyWatch
  readonly caps: BodyCaps
  /** Told all that came. */
  readonly isEnough: (begun: Buffer) => boolean
}

/** The beginning of a body, held until it is enough, or `maxHeldBytes` and a chunk of it are here. */
export class BodyBeginning {
  readonly #use: BeginningUse
  #chunks: Buffer[] = []
  #length = 0
  #looks = 0
  /** Length at which it is looked at again: at every chunk, tiny ones would make a short body long work. */
  #nextLook = 1

  constructor(use: BeginningUse) {
    this.#use = use
  }

  /** All that came. */
  get held(): readonly Buffer[] {
    return this.#chunks
  }

  /** @returns whether no more is to be held @throws RefusedError for a body that is too long, and what `isEnough` throws */
  add(chunk: Buffer): boolean {
    const { caps, isEnough, watch } = this.#use
    this.#length += chunk.length
    const tooLong = requestTooLong(caps, this.#length)
    if (tooLong !== undefined) throw new RefusedError(tooLong)
    // A copy: the chunk may be a small part of what was read.
    this.#chunks.push(Buffer.from(chunk))
    if (watch.write(chunk)) return true
    const isLast = this.#length >= maxHeldBytes
    if (this.#length < this.#nextLook && !isLast) return false
    const begun = Buffer.concat(this.#chunks)
    this.#chunks = [begun]
    this.#looks += 1
    this.#nextLook = this.#looks < maxLooks ? this.#length + 1 : 2 * this.#length
    return isEnough(begun) || isLast
  }
}
