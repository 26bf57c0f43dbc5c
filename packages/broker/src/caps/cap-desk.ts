import type { Amounts } from './amounts.ts'

/** What one request is going to use at most. */
export interface CapAsk {
  readonly sandboxId: string
  /** Grants whose secrets it carries. */
  readonly grantIds: readonly string[]
  readonly amounts: Amounts
  /** Asks for the next part of a connection, of so many bytes at most, and caps on bytes alone. */
  readonly part?: number
  /** Keys of caps that hold something for it already. */
  readonly except?: readonly string[]
}

/** What caps hold for a request. */
export interface CapHold {
  readonly id: string
  /** Keys of the caps. */
  readonly keys: readonly string[]
  /** The most that its bodies may have together, where a cap counts bytes. */
  readonly maxBytes?: number
}

/** Where requests are held against their caps. The counters are in one place; whoever carries requests asks there. */
export interface CapDesk {
  /**
   * Holds something for a request under every cap that stands on its project, sandbox, grants and secrets, or under none. It is on
   * the disk when this resolves, and counts until it is settled.
   * @throws CoatcheckError `cap_reached` | `cap_unmeasured` | `storage_unavailable`
   */
  reserve(ask: CapAsk): Promise<CapHold>
  /** Counts what was used; what is not known counts as it was held. Nothing waits for it. */
  settle(holdId: string, actual: Amounts): void
}
