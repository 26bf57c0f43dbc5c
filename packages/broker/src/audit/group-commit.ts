/** Lets many callers share one sync. A sync answers only for what was written before it began. */
export class GroupCommit {
  readonly #sync: () => Promise<void>
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #failure: Error | undefined

  constructor(sync: () => Promise<void>) {
    this.#sync = sync
  }

  /** Resolves once a sync that began after this call has ended; rejects for ever after one sync failed. */
  join(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      const run = this.#run()
      this.#running = run.catch(() => {})
      return run
    })
    return this.#next
  }

  /** Resolves when no sync is running or waiting. */
  async settled(): Promise<void> {
    while (this.#next !== undefined) await this.#next.catch(() => {})
    await this.#running
  }

  async #run(): Promise<void> {
    // After a failed sync the kernel may hold the lost pages for clean: a later success would prove nothing.
    if (this.#failure !== undefined) throw this.#failure
    try {
      await this.#sync()
    } catch (error) {
      this.#failure = error as Error
      throw error
    }
  }
}
