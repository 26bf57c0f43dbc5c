import type { SandboxLease } from '@coatcheck/sdk'
import type { Blocked, BlockedHosts } from './blocked-hosts.ts'

/** What is done with refusals while a sandbox runs. */
export interface RefusalTaker {
  readonly blocked: BlockedHosts
  /** Told of the first refusal of each kind. */
  onBlocked?(blocked: Blocked): void
}

/** Follows the lease of a sandbox: collects what is refused, and notices when the sandbox or the broker is gone. */
export class LeaseWatch {
  /** Resolves when the lease has nothing more to tell. */
  readonly done: Promise<void>
  /** Why the lease broke, when it did before its end was expected. */
  failure: unknown
  readonly #taker: RefusalTaker | undefined
  readonly #over = new AbortController()
  #endExpected = false

  constructor(lease: SandboxLease, taker?: RefusalTaker) {
    this.#taker = taker
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
      for await (const event of lease.events) {
        if (event.kind !== 'refused') continue
        const first = this.#taker?.blocked.add(event.row)
        if (first !== undefined && !this.#endExpected) this.#taker?.onBlocked?.(first)
      }
    } catch (error) {
      if (!this.#endExpected) this.failure = error
    }
    this.#over.abort()
  }
}
