import type { ClientIdentity } from '../foundation/client-identity.ts'
import { IdleMap } from '../foundation/idle-map.ts'
import type { Attachment } from './exchange.ts'

interface Kept {
  readonly version: number
  readonly identity: ClientIdentity
}

/** What services are shown, kept for the next connection: to make TLS ready for one takes far longer than to begin it. */
export class ClientIdentities {
  /** By secret; one of an earlier version gives way to the next. */
  readonly #kept: IdleMap<Kept>

  /** @param now monotonic time in milliseconds */
  constructor(now?: () => number) {
    this.#kept = new IdleMap(now && { now })
  }

  /** The identity among these secrets, which were revealed; undefined where there is none. @throws CoatcheckError `secret_unusable` */
  of(attachments: readonly Attachment[]): ClientIdentity | undefined {
    for (const { grant, scope, secret } of attachments) {
      const { injection } = scope
      if (injection.clientIdentity === undefined) continue
      if (secret === undefined) throw new TypeError('identity before reveal')
      const { secretId } = grant.grant
      const known = this.#kept.use(secretId)
      if (known?.version === secret.version) return known.identity
      const identity = secret.value.use((bytes) => injection.clientIdentity!(bytes))
      this.#kept.set(secretId, { version: secret.version, identity })
      return identity
    }
    return undefined
  }

  /** Forgets everything, as when the vault is locked. */
  forget(): void {
    this.#kept.clear()
  }
}
