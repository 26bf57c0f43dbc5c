import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from './clock.ts'

/** Where the latest instant that this installation has seen is kept. Milliseconds since 1970. */
export interface ClockMark {
  /** Undefined when none was kept yet, `unreadable` when what is kept makes no sense. */
  read(): number | undefined | 'unreadable'
  write(mark: number): void
}

const persistEveryMs = 5_000
const maxJumpMs = 60_000

/**
 * A clock that never tells an instant before one that this installation has seen, across restarts. While the wall clock is
 * behind, time stands still.
 */
export class HighWaterClock implements Clock {
  readonly #inner: Clock
  readonly #store: ClockMark
  #mark = 0
  #unreadable = false
  #persistedAtMs = Number.NEGATIVE_INFINITY

  constructor(inner: Clock, store: ClockMark) {
    this.#inner = inner
    this.#store = store
    this.#learn()
  }

  now(): Date {
    return new Date(this.nowMs())
  }

  /** The same in milliseconds since 1970. */
  nowMs(): number {
    this.#advance()
    return this.#mark
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs()
  }

  /** SECURITY: with the clock set back, nothing that has expired comes back to life. @throws CoatcheckError `clock_jumped` */
  assertSane(): void {
    if (this.#unreadable) throw new CoatcheckError('clock_jumped', { reason: 'the kept mark cannot be read' })
    const presentMs = this.#advance()
    const behindMs = this.#mark - presentMs
    if (behindMs > maxJumpMs) throw new CoatcheckError('clock_jumped', { behindSeconds: Math.floor(behindMs / 1000) })
  }

  /** Keeps the mark now, and learns from the processes that share it. */
  persist(): void {
    this.#learn()
    const presentMs = this.#inner.now().getTime()
    this.#mark = Math.max(this.#mark, presentMs)
    this.#persistedAtMs = presentMs
    if (!this.#unreadable) this.#store.write(this.#mark)
  }

  /** Takes the wall clock as right, because an operator said so, and forgets the later instants. */
  confirm(): void {
    this.#mark = this.#inner.now().getTime()
    this.#unreadable = false
    this.#store.write(this.#mark)
    this.#persistedAtMs = this.#mark
  }

  /** @returns what the wall clock says */
  #advance(): number {
    const presentMs = this.#inner.now().getTime()
    if (presentMs > this.#mark) this.#mark = presentMs
    // A wall clock that was set back is far from when it was kept, too.
    if (Math.abs(presentMs - this.#persistedAtMs) >= persistEveryMs) this.persist()
    return presentMs
  }

  #learn(): void {
    const kept = this.#store.read()
    if (kept === 'unreadable') this.#unreadable = true
    else this.#mark = Math.max(this.#mark, kept ?? 0)
  }
}
