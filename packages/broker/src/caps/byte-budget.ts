import type { Amounts } from './amounts.ts'

/** A part of a connection that caps hold for. */
export interface HeldPart {
  /** Its length in bytes; absent where no cap counts them any more. */
  readonly maxBytes?: number
  /**
   * Tells who counts that up to so many bytes of it may be carried from now on, in all. Resolves when that is out of this process; absent
   * where who counts is this process.
   */
  carry?(bytes: number): Promise<void>
  settle(actual: Amounts): void
}

/** The first part of a connection, in bytes. */
const firstPart = 65_536
/** The longest one; each is four times as long as the one before. */
const longestPart = 4_194_304
/** In how many steps it is told that a part is carried, and how short one may be, in bytes. */
const steps = 16
const shortestStep = 4_096
/** How long a part is held on which nothing moves, in milliseconds. */
const idleMs = 2_000

/**
 * What one connection may carry under caps on bytes, both ways together. It is held part by part, before it is carried.
 * SECURITY: no byte goes on that nothing is held for, or that nobody was told of who would count it when this process is killed.
 */
export class ByteBudget {
  readonly #reserve: (part: number) => Promise<HeldPart>
  #held: HeldPart | undefined
  /** What may go on now. */
  #left = 0
  /** What is held beyond, and was told to nobody. */
  #untold = 0
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
    if (this.#isClosed || this.#left === 0) return this.#more().then(() => this.take(bytes))
    const taken = Math.min(bytes, this.#left)
    this.#left -= taken
    this.#used += taken
    this.#idle?.refresh()
    return taken
  }

  /** Holds for the first part. Rejects with what refuses it. */
  begin(): Promise<void> {
    return this.#once(() => this.#next())
  }

  /** Counts what was carried. Nothing may be taken any more. */
  close(): void {
    this.#isClosed = true
    this.#settle()
  }

  #more(): Promise<void> {
    const held = this.#isClosed || this.#untold === 0 ? undefined : this.#held
    return this.#once(() => (held === undefined ? this.#next() : this.#tell(held)))
  }

  #once(ask: () => Promise<void>): Promise<void> {
    this.#asking ??= ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #tell(held: HeldPart): Promise<void> {
    const step = Math.min(this.#untold, Math.max(shortestStep, Math.ceil((held.maxBytes ?? 0) / steps)))
    await held.carry?.(this.#used + step)
    // It may have been settled meanwhile.
    if (this.#held !== held) return
    this.#untold -= step
    this.#left += step
  }

  async #next(): Promise<void> {
    if (this.#isClosed) throw new Error('the connection is over')
    this.#settle()
    const held = await this.#reserve(this.#part)
    this.#part = Math.min(this.#part * 4, longestPart)
    this.#held = held
    const isTold = held.maxBytes === undefined || held.carry === undefined
    this.#left = isTold ? (held.maxBytes ?? Number.POSITIVE_INFINITY) : 0
    this.#untold = isTold ? 0 : held.maxBytes!
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
    this.#untold = 0
    this.#used = 0
  }
}
