import type { ProblemCode } from '../problem.ts'

/** Reply to `GET /v1/checkup`: what only the broker can find out about itself. */
export interface Checkup {
  /** `jumped`: the machine's clock is behind what it was, and nothing is let through. */
  readonly clock: 'ok' | 'jumped'
  /** Every stored secret. */
  readonly secrets: readonly CheckedSecret[]
  /** Sandboxes of this host that count as alive, and whose broker is gone. */
  readonly leftovers: readonly { readonly id: string; readonly name: string }[]
  /** `host:port` of the operator's proxy; it resolves names, and then the check of addresses is its own. */
  readonly upstreamProxy: string | null
}

/** Whether a stored secret can be used. */
export interface CheckedSecret {
  readonly name: string
  /** Id of the catalog's entry that it was made from. */
  readonly provider: string | null
  /** Why it cannot be decrypted; null where it can. The value was dropped at once. */
  readonly problem: ProblemCode | null
  /** When its rotation is due; null where nobody said. */
  readonly rotationDue: string | null
}
