import type { Revision } from '../../foundation/revision.ts'
import type { Authority } from './authority.ts'

/** Tells from the sealed state whether authority rows changed, in this process or in another one. */
export class SqliteRevision implements Revision {
  readonly #authority: Authority

  constructor(authority: Authority) {
    this.#authority = authority
  }

  /** @throws CoatcheckError `state_rolled_back` | `row_tampered` | `vault_locked` | `key_unusable` | `storage_unavailable` */
  current(): number {
    return this.#authority.revision()
  }
}
