import { CoatcheckError } from '@coatcheck/contract'
import type { Caller } from './gate.ts'

/** Counts the streams that each caller has open: every one of them asks the journal several times a second. */
export class OpenStreams {
  readonly #open = new Map<string, number>()

  /**
   * Takes one more, where the caller has room for it. @returns gives it back; further calls do nothing
   * @throws CoatcheckError `rate_limited`
   */
  take({ actor, maxStreams = Number.POSITIVE_INFINITY }: Pick<Caller, 'actor' | 'maxStreams'>): () => void {
    const before = this.#open.get(actor) ?? 0
    if (before >= maxStreams) throw new CoatcheckError('rate_limited', { retryAfterSeconds: 1 })
    this.#open.set(actor, before + 1)
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      const left = (this.#open.get(actor) ?? 1) - 1
      if (left === 0) this.#open.delete(actor)
      else this.#open.set(actor, left)
    }
  }
}
