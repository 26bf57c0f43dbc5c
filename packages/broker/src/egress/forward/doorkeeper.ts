import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../foundation/clock.ts'
import { readVirtualKey } from '../../foundation/virtual-key-text.ts'
import { isDecoy } from '../../sandbox/decoy.ts'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { isInPlace, isPlaced } from '../../sandbox/sandbox-place.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import { isVirtualKey, statusOfKey } from '../../sandbox/virtual-key.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import { isOver } from '../stages/identify.ts'
import type { PlaceholderLookup } from '../stages/match.ts'
import type { PresentedIdentity } from './presented-identity.ts'

/** What became of somebody who wanted in. `stranger`: why is for the journal only. */
export type Admission =
  | { readonly outcome: 'admitted'; readonly sandbox: Sandbox }
  | { readonly outcome: 'elsewhere'; readonly sandbox: Sandbox; readonly refusal: Refusal }
  /** It showed a virtual key that was good once. */
  | { readonly outcome: 'over'; readonly sandbox: Sandbox; readonly refusal: Refusal }
  /** `decoy`: the id of the one that was shown. */
  | { readonly outcome: 'stranger'; readonly reason: string; readonly decoy?: string }

/** What else is asked of whoever wants in. */
export interface AdmitOptions {
  /** Only sandboxes that said beforehand where they call from, and did not say anywhere. */
  readonly placedOnly?: boolean
}

/** Decides which sandbox a connection from elsewhere belongs to; in this thread, or by asking the one that can. */
export interface Admitting {
  /**
   * Admits whoever shows the sandbox's token from where it may be shown. @param peer plain address
   * @throws CoatcheckError `vault_locked` | `row_tampered` | `state_rolled_back`
   */
  admit(identity: PresentedIdentity, peer: string, options?: AdmitOptions): Admission | Promise<Admission>
  /**
   * Admits the sandbox of the first of these strings that is a placeholder, without its token. SECURITY: only where it was said
   * beforehand where it calls from; a placeholder alone is no identity. Undefined where none is.
   * @throws CoatcheckError as `admit` does
   */
  admitByKey(texts: readonly string[], peer: string): Admission | undefined | Promise<Admission | undefined>
  /** Admits whoever shows a virtual key, which is known by itself. @throws CoatcheckError as `admit` does */
  admitVirtualKey(key: string, peer: string): Admission | Promise<Admission>
}

/** Compared with where there is no sandbox, so that one that exists takes no longer than one that does not. */
const nobody = Buffer.alloc(32)
const noHash = '0'.repeat(64)

/** Decides from the rows themselves. */
export class Doorkeeper implements Admitting {
  readonly #store: SandboxStore
  readonly #clock: Clock
  readonly #lookup: PlaceholderLookup

  constructor(store: SandboxStore, clock: Clock, lookup: PlaceholderLookup) {
    this.#store = store
    this.#clock = clock
    this.#lookup = lookup
  }

  admit({ sandboxId, token }: PresentedIdentity, peer: string, { placedOnly = false }: AdmitOptions = {}): Admission {
    const sandbox = this.#store.find(sandboxId)
    const expected = sandbox === undefined ? nobody : Buffer.from(sandbox.tokenHash, 'hex')
    const shown = createHash('sha256').update(token).digest()
    // SECURITY: in constant time, over hashes of one length, whether or not there is such a sandbox.
    const matches = timingSafeEqual(shown, expected)
    if (sandbox === undefined) return stranger('unknown sandbox')
    if (!matches) return stranger('false token')
    if (isOver(sandbox, this.#clock)) return stranger('the sandbox is over')
    // SECURITY: a sandbox that was launched here comes in by its own gateway; its token is not good anywhere else.
    if (sandbox.fence !== 'none' && sandbox.from.length === 0) return stranger('a launched sandbox')
    if (placedOnly && !isPlaced(sandbox)) return stranger('in clear text, from no place that was said beforehand')
    return this.#place(sandbox, peer)
  }

  admitByKey(texts: readonly string[], peer: string): Admission | undefined {
    for (const text of texts) {
      const placed = this.#lookup(text)
      if (placed === undefined) continue
      return isDecoy(placed) ? { ...stranger('a decoy'), decoy: placed.id } : this.#admitByGrant(placed, peer)
    }
    return undefined
  }

  admitVirtualKey(key: string, peer: string): Admission {
    const presented = readVirtualKey(key)
    const sandbox = presented && this.#store.find(presented.id)
    const expected = sandbox === undefined ? nobody : Buffer.from(sandbox.tokenHash, 'hex')
    // SECURITY: in constant time, over hashes of one length, whether or not there is such a key; only who has the right one learns more.
    const matches = timingSafeEqual(Buffer.from(presented?.hash ?? noHash, 'hex'), expected)
    if (sandbox === undefined || !matches || !isVirtualKey(sandbox)) return stranger('a false virtual key')
    const status = statusOfKey(sandbox, this.#store.grantsOf(sandbox.id), this.#clock.now())
    if (status !== 'active') return { outcome: 'over', sandbox, refusal: refuse(`key_${status}`) }
    if (sandbox.from.length === 0 || isInPlace(sandbox, peer)) return { outcome: 'admitted', sandbox }
    return { outcome: 'elsewhere', sandbox, refusal: refuseAndReport('key_elsewhere', { address: peer }) }
  }

  #admitByGrant({ sandboxId, endedAt }: Grant, peer: string): Admission {
    const sandbox = this.#store.find(sandboxId)
    // SECURITY: what stands for a virtual key within the broker is no key.
    if (sandbox !== undefined && isVirtualKey(sandbox)) return stranger('a placeholder of a virtual key')
    if (sandbox === undefined || endedAt !== null) return stranger('an ended grant')
    if (isOver(sandbox, this.#clock)) return stranger('the sandbox is over')
    if (sandbox.from.length === 0) return stranger('a placeholder without a token')
    return this.#place(sandbox, peer)
  }

  #place(sandbox: Sandbox, peer: string): Admission {
    if (sandbox.from.length > 0) {
      return isInPlace(sandbox, peer) ? { outcome: 'admitted', sandbox } : elsewhere(sandbox, peer)
    }
    const bound = sandbox.boundTo === null ? this.#bind(sandbox, peer) : sandbox
    return bound.boundTo === peer ? { outcome: 'admitted', sandbox: bound } : elsewhere(bound, peer)
  }

  /** SECURITY: inside the transaction, so that of two first addresses only one can win. */
  #bind({ id }: Sandbox, peer: string): Sandbox {
    return this.#store.amend(id, (sandbox) => ({
      sandbox: sandbox.boundTo === null ? { ...sandbox, boundTo: peer } : sandbox,
      grants: [],
    })).sandbox
  }
}

function stranger(reason: string): Extract<Admission, { outcome: 'stranger' }> {
  return { outcome: 'stranger', reason }
}

function elsewhere(sandbox: Sandbox, peer: string): Admission {
  return { outcome: 'elsewhere', sandbox, refusal: refuseAndReport('sandbox_elsewhere', { address: peer }) }
}
