import { CoatcheckError } from '@coatcheck/contract'
import type { KeyRing } from './key-ring.ts'
import type { Secret } from './secret.ts'
import { assessStrength } from './secret-strength.ts'
import { SecretValue } from './secret-value.ts'
import type { RevealedSecret } from './vault.ts'

interface Entry {
  readonly secret: Secret
  readonly bytes: Uint8Array
}

/** Secrets that live in the broker's memory, and die with their sandbox, with the process, or when the vault is locked. */
export class EphemeralSecrets {
  readonly #entries = new Map<string, Entry>()
  readonly #keyRing: KeyRing

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing
    keyRing.onLock(() => this.drop([...this.#entries.keys()]))
  }

  /**
   * Keeps a copy of the value; `weak` of the result says whether it is too short. An id that is there already is replaced.
   * @throws CoatcheckError `vault_locked` | `secret_weak` | `secret_unusable`
   */
  put(secret: Secret, value: SecretValue): Secret {
    this.#keyRing.requireUnlocked()
    const kept = { ...secret, weak: assessStrength(secret.scopes, value.length, secret.weak) }
    this.drop([secret.id])
    this.#entries.set(secret.id, { secret: kept, bytes: value.use((bytes) => Uint8Array.from(bytes)) })
    return kept
  }

  /** Replaces the value by what a service gave for it. @throws CoatcheckError `secret_changed` when it is not `before` any longer, `vault_locked` */
  renew(before: Secret, value: SecretValue): Secret {
    if (this.#entries.get(before.id)?.secret !== before)
      throw new CoatcheckError('secret_changed', { secret: before.name })
    return this.put({ ...before, version: before.version + 1 }, value)
  }

  /** The metadata, or undefined once it was dropped. */
  find(secretId: string): Secret | undefined {
    return this.#entries.get(secretId)?.secret
  }

  /** A copy of the value, which the caller disposes. @throws CoatcheckError `vault_locked` | `secret_not_found` */
  reveal(secretId: string): RevealedSecret {
    this.#keyRing.requireUnlocked()
    const entry = this.#entries.get(secretId)
    if (entry === undefined) throw new CoatcheckError('secret_not_found', { secret: secretId })
    return { version: entry.secret.version, value: new SecretValue(Uint8Array.from(entry.bytes)) }
  }

  /** Wipes and forgets the values of these ids; unknown ones are skipped. */
  drop(secretIds: Iterable<string>): void {
    for (const id of secretIds) {
      this.#entries.get(id)?.bytes.fill(0)
      this.#entries.delete(id)
    }
  }
}
