import type { SandboxLease } from '@coatcheck/sdk'
import { BlockedHosts } from './blocked-hosts.ts'

/** Follows the lease of a sandbox: collects what is refused, and notices when the sandbox or the broker is gone. */
export class LeaseWatch {
  readonly blocked = new BlockedHosts()
  /** Resolves when the lease has nothing more to tell. */
  readonly done: Promise<void>
  /** Why the lease broke, when it did before its end was expected. */
  failure: unknown
  readonly #over = new AbortController()
  #endExpected = false

  constructor(lease: SandboxLease) {
    this.done = this.#follow(lease)
  }

  /** Aborted when the sandbox has ended, or nobody can say any more whether it has. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** From now on, the end of the sandbox is what we wanted. */
  expectEnd(): void {
    this.#endExpected = true
  }

  async #follow(lease: SandboxLease): Promise<void> {
    try {
      for await (const event of lease.events) if (event.kind === 'refused') this.blocked.add(event.row)
    } catch (error) {
      if (!this.#endExpected) this.failure = error
    }
    this.#over.abort()
  }
}
