import type { Amounts } from './amounts.ts'

/** A part of a connection that caps hold for. */
export interface HeldPart {
  /** Its length in bytes; absent where no cap counts them any more. */
  readonly maxBytes?: number
  settle(actual: Amounts): void
}

/** The first part of a connection, in bytes. */
const firstPart = 65_536
/** The longest one; each is four times as long as the one before. */
const longestPart = 4_194_304
/** How long a part is held on which nothing moves, in milliseconds. */
const idleMs = 2_000

/**
 * What one connection may carry under caps on bytes, both ways together. It is held part by part, before it is carried.
 * SECURITY: no byte goes on that nothing is held for.
 */
export class ByteBudget {
  readonly #reserve: (part: number) => Promise<HeldPart>
  #held: HeldPart | undefined
  #left = 0
  #used = 0
  #part = firstPart
  #asking: Promise<void> | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false

  /** @param reserve holds for so many bytes at most, or rejects with what refuses them */
  constructor(reserve: (part: number) => Promise<HeldPart>) {
    this.#reserve = reserve
  }

  /**
   * How many of so many bytes may go on now, at least one. Where nothing is held for them the answer is waited for, and rejects with
   * what refuses them.
   */
  take(bytes: number): number | Promise<number> {
    if (this.#left === 0 || this.#isClosed) return this.#more().then(() => this.take(bytes))
    const taken = Math.min(bytes, this.#left)
    this.#left -= taken
    this.#used += taken
    this.#idle?.refresh()
    return taken
  }

  /** Holds for the first part. Rejects with what refuses it. */
  begin(): Promise<void> {
    return this.#more()
  }

  /** Counts what was carried. Nothing may be taken any more. */
  close(): void {
    this.#isClosed = true
    this.#settle()
  }

  #more(): Promise<void> {
    this.#asking ??= this.#next().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #next(): Promise<void> {
    if (this.#isClosed) throw new Error('the connection is over')
    this.#settle()
    const held = await this.#reserve(this.#part)
    this.#part = Math.min(this.#part * 4, longestPart)
    this.#held = held
    this.#left = held.maxBytes ?? Number.POSITIVE_INFINITY
    if (this.#isClosed) this.#settle()
    // Connections on which nothing is said leave the cap to the others.
    else this.#idle ??= setTimeout(() => this.#settle(), idleMs).unref()
  }

  #settle(): void {
    clearTimeout(this.#idle)
    this.#idle = undefined
    this.#held?.settle({ bytes: this.#used })
    this.#held = undefined
    this.#left = 0
    this.#used = 0
  }
}
