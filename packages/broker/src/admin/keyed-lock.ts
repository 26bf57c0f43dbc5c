/** Lets one piece of work at a time run for each key, in the order in which they came. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>()

  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = this.#tails.get(key)
    this.#tails.set(key, promise)
    try {
      await before
      return await work()
    } finally {
      resolve()
      if (this.#tails.get(key) === promise) this.#tails.delete(key)
    }
  }
}
