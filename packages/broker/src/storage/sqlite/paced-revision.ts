import type { Revision } from '../../foundation/revision.ts'
import type { Authority } from './authority.ts'

/** For so long the database is taken to be as it was found, in milliseconds, unless this process itself changed something. */
const freshMs = 5

/**
 * A revision that can be asked many thousand times a second. SECURITY: what this process changes, and a lock, shows at once; what
 * another process changes, within five milliseconds.
 */
export class PacedRevision implements Revision {
  readonly #authority: Authority
  #seen: number | undefined
  #askedAtMs = 0

  constructor(authority: Authority) {
    this.#authority = authority
  }

  /** @throws CoatcheckError as `SqliteRevision.current` does */
  current(): number {
    const nowMs = performance.now()
    const { known } = this.#authority
    if (known !== undefined && known === this.#seen && nowMs - this.#askedAtMs < freshMs) return known
    return this.fresh()
  }

  /** @throws CoatcheckError as `SqliteRevision.current` does */
  fresh(): number {
    // SECURITY: what cannot be found out is not as it was.
    this.#seen = undefined
    this.#seen = this.#authority.revision()
    this.#askedAtMs = performance.now()
    return this.#seen
  }
}
