/** How an `IdleMap` keeps its entries. */
export interface IdleMapOptions<Value> {
  /** Told of each entry that leaves; what is done to it must not throw. */
  readonly dropped?: (value: Value) => void
  /** Monotonic time in milliseconds. */
  readonly now?: () => number
}

interface Entry<Value> {
  readonly value: Value
  usedAtMs: number
}

/** SECURITY: nothing that holds a value of a secret is kept ready for longer than this without being used, in milliseconds. */
const idleMs = 60_000
/** How often it is looked at. */
const lookEveryMs = idleMs / 4

/** Entries that leave by themselves when nobody used them for a minute. */
export class IdleMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #dropped: ((value: Value) => void) | undefined
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined

  constructor({ dropped, now = () => performance.now() }: IdleMapOptions<Value> = {}) {
    this.#dropped = dropped
    this.#now = now
  }

  get size(): number {
    return this.#entries.size
  }

  /** Does not count as a use. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key)?.value
  }

  use(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.usedAtMs = this.#now()
    return entry.value
  }

  /** What was there under the key leaves. */
  set(key: string, value: Value): void {
    this.delete(key)
    this.#entries.set(key, { value, usedAtMs: this.#now() })
    this.#timer ??= setInterval(() => this.#dropIdle(), lookEveryMs).unref()
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#dropped?.(entry.value)
  }

  /** The entry that came first leaves. */
  deleteFirst(): void {
    const first = this.#entries.keys().next()
    if (first.done !== true) this.delete(first.value)
  }

  /** Every entry for which this is true leaves. */
  deleteWhere(isMeant: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#entries) if (isMeant(value)) this.delete(key)
  }

  clear(): void {
    this.deleteWhere(() => true)
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #dropIdle(): void {
    // What would be too old at the next look goes at this one.
    const oldestMs = this.#now() - (idleMs - lookEveryMs)
    for (const [key, { usedAtMs }] of this.#entries) if (usedAtMs < oldestMs) this.delete(key)
    if (this.#entries.size === 0) this.clear()
  }
}
