import type { ClientIdentity } from '../foundation/client-identity.ts'
import type { Attachment } from './exchange.ts'

interface Kept {
  readonly version: number
  readonly identity: ClientIdentity
  usedAtMs: number
}

/** SECURITY: no key is kept ready for longer than this without being used, in milliseconds. */
const idleMs = 60_000
/** How often it is looked at. */
const lookEveryMs = idleMs / 4

/** What services are shown, kept for the next connection: to make TLS ready for one takes far longer than to begin it. */
export class ClientIdentities {
  /** By secret; one of an earlier version gives way to the next. */
  readonly #kept = new Map<string, Kept>()
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined

  /** @param now monotonic time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The identity among these secrets, which were revealed; undefined where there is none. @throws CoatcheckError `secret_unusable` */
  of(attachments: readonly Attachment[]): ClientIdentity | undefined {
    for (const { grant, scope, secret } of attachments) {
      const { injection } = scope
      if (injection.clientIdentity === undefined) continue
      if (secret === undefined) throw new TypeError('identity before reveal')
      const { secretId } = grant.grant
      const known = this.#kept.get(secretId)
      if (known?.version === secret.version) {
        known.usedAtMs = this.#now()
        return known.identity
      }
      const identity = secret.value.use((bytes) => injection.clientIdentity!(bytes))
      this.#kept.set(secretId, { version: secret.version, identity, usedAtMs: this.#now() })
      this.#timer ??= setInterval(() => this.#forgetIdle(), lookEveryMs).unref()
      return identity
    }
    return undefined
  }

  /** Forgets everything, as when the vault is locked. */
  forget(): void {
    this.#kept.clear()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #forgetIdle(): void {
    // What would be too old at the next look goes at this one.
    const oldestMs = this.#now() - (idleMs - lookEveryMs)
    for (const [id, { usedAtMs }] of this.#kept) if (usedAtMs < oldestMs) this.#kept.delete(id)
    if (this.#kept.size === 0) this.forget()
  }
}
