import type { Refusal } from './refusal.ts'

/** Whether something that is under way has to end before its time, and why. */
export class Ending {
  #reason: Refusal | undefined
  #heard: (() => void)[] | undefined
  #controller: AbortController | undefined

  /** Undefined while it may go on. */
  get reason(): Refusal | undefined {
    return this.#reason
  }

  /** The same for those who know abort signals only. Made when it is asked for first: most exchanges never need one. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Ends it; whatever is said later changes nothing. */
  end(reason: Refusal): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
    const heard = this.#heard
    this.#heard = undefined
    if (heard !== undefined) for (const tell of heard) tell()
  }

  /** Calls back once, when it has to end; at once where that is so already. */
  onEnd(heard: () => void): void {
    if (this.#reason !== undefined) heard()
    else if (this.#heard === undefined) this.#heard = [heard]
    else this.#heard.push(heard)
  }

  /** Takes back what `onEnd` asked for. */
  offEnd(heard: () => void): void {
    const index = this.#heard?.indexOf(heard) ?? -1
    if (index >= 0) this.#heard!.splice(index, 1)
  }
}
