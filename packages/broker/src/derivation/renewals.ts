import { CoatcheckError } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'

/** A value that a service gave in place of one that it takes no longer. */
export interface Renewal {
  /** Where the secret is kept. */
  readonly source: Pick<Vault, 'renew'>
  /** As it was when the service was asked. */
  readonly before: Secret
  readonly value: SecretValue
}

/** Stores what services gave, and keeps what could not be stored until it can be: without it the sign-in were lost (AC-5.2). */
export class Renewals {
  /** By the id of the secret. */
  readonly #waiting = new Map<string, Renewal>()

  /**
   * Stores a value, or leaves it to `settle`.
   * @returns the secret as it is now; undefined where somebody gave it another value meanwhile, which counts
   * @throws CoatcheckError `vault_locked` | `storage_unavailable` and its like
   */
  store(renewal: Renewal): Secret | undefined {
    this.#waiting.set(renewal.before.id, renewal)
    return this.settle(renewal.before.id)
  }

  /** Stores what waits for this secret, if something does. @throws CoatcheckError as `store` does */
  settle(secretId: string): Secret | undefined {
    const renewal = this.#waiting.get(secretId)
    if (renewal === undefined) return undefined
    const present = renew(renewal)
    this.#waiting.delete(secretId)
    renewal.value[Symbol.dispose]()
    return present
  }

  /** Tries for the last time, and wipes what cannot be stored. */
  close(): void {
    for (const [secretId, { value }] of this.#waiting) {
      try {
        this.settle(secretId)
      } catch {
        // It could not be stored all along.
        value[Symbol.dispose]()
      }
    }
    this.#waiting.clear()
  }
}

function renew({ source, before, value }: Renewal): Secret | undefined {
  try {
    return source.renew(before, value)
  } catch (error) {
    // SECURITY: a newer value is somebody's new sign-in, and is never written over.
    if (error instanceof CoatcheckError && ['secret_changed', 'secret_not_found'].includes(error.code)) return undefined
    throw error
  }
}
