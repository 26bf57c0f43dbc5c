import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { DerivedStore } from './derived-store.ts'
import { openCredential, sealCredential } from './envelope.ts'
import type { KeyRing } from './key-ring.ts'
import type { Secret } from './secret.ts'
import type { SecretStore } from './secret-store.ts'
import type { SecretValue } from './secret-value.ts'

/** What shared credentials are made of. */
export interface SharedCredentialsParts {
  readonly clock: Pick<Clock, 'now'>
  readonly keyRing: KeyRing
  readonly secrets: Pick<SecretStore, 'readKey'>
  readonly store: DerivedStore
}

/** A credential that was made from a secret, and until when it is used, in milliseconds since 1970. */
export interface SharedCredential {
  readonly value: SecretValue
  readonly untilMs: number
}

/** Credentials that were made from stored secrets, encrypted under the data keys of these, so that one broker of a home makes them for all. */
export class SharedCredentials {
  readonly #parts: SharedCredentialsParts

  constructor(parts: SharedCredentialsParts) {
    this.#parts = parts
  }

  /** Shares what was made from a version of a secret. @throws CoatcheckError `vault_locked` | `storage_unavailable` | `key_unusable` */
  put({ id, project, version }: Secret, derivation: string, { value, untilMs }: SharedCredential): void {
    const { clock, keyRing, secrets, store } = this.#parts
    keyRing.requireUnlocked()
    const key = secrets.readKey(id)
    if (key === undefined) return
    const binding = { project, secretId: id, derivation, version, untilMs }
    store.put(sealCredential(keyRing, binding, key, value), clock.now().getTime())
  }

  /**
   * What was made from the present version of a secret and is good still; the caller disposes the value.
   * @throws CoatcheckError `vault_locked` | `storage_unavailable` | `key_unusable`
   */
  find(secret: Secret, derivation: string): SharedCredential | undefined {
    this.#parts.keyRing.requireUnlocked()
    try {
      return this.#find(secret, derivation)
    } catch (error) {
      // SECURITY: what somebody changed is as good as nothing; another one is made in its place.
      if (error instanceof CoatcheckError && error.code === 'row_tampered') return undefined
      throw error
    }
  }

  #find({ id, project, version }: Secret, derivation: string): SharedCredential | undefined {
    const { clock, keyRing, secrets, store } = this.#parts
    const sealed = store.find(id, derivation)
    if (sealed?.version !== version || sealed.untilMs <= clock.now().getTime()) return undefined
    const key = secrets.readKey(id)
    return key && { value: openCredential(keyRing, project, key, sealed), untilMs: sealed.untilMs }
  }
}
