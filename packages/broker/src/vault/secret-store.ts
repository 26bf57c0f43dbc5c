import type { Secret } from './secret.ts'

/** One version of a secret as it lies in the database. */
export interface SealedVersion {
  readonly secretId: string
  readonly version: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** A data-encryption key, wrapped by the key-encryption key `keyId` together with the secret's share. */
export interface WrappedKey {
  readonly keyId: string
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
  /** Random bytes of this secret that lie apart from the rest, so that with them every copy of the rest is dead. */
  readonly share: Uint8Array
}

/**
 * Where secrets are kept. Sees ciphertext and metadata only; verifies the seal of every row that it returns. Any method
 * may throw CoatcheckError `state_rolled_back` | `storage_unavailable`; those that write, `vault_locked`.
 */
export interface SecretStore {
  /** Writes metadata, wrapped key and first version in one transaction. @throws CoatcheckError `secret_exists` */
  create(secret: Secret, key: WrappedKey, version: SealedVersion): void
  /**
   * Replaces the metadata, adds a version when one is given, and removes those with the numbers `obsolete`, in one transaction.
   * @throws CoatcheckError `secret_changed` when what is stored is no longer `before`, `secret_not_found` | `row_tampered`
   */
  update(before: Secret, after: Secret, version?: SealedVersion, obsolete?: readonly number[]): void
  /** Erases metadata, key and every version, so that the files hold none of them; does nothing when there is none. */
  erase(secretId: string): void
  /** The id under a name, even of a row that was tampered with. To erase it, and for nothing else. */
  identify(project: string, name: string): string | undefined
  /** Not verified while the vault is locked. @throws CoatcheckError `row_tampered` */
  findByName(project: string, name: string): Secret | undefined
  /** Not verified while the vault is locked. @throws CoatcheckError `row_tampered` */
  findById(secretId: string): Secret | undefined
  /** In the order of names, after the name `cursor`. Not verified while the vault is locked. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null): readonly Secret[]
  /** @throws CoatcheckError `row_tampered` | `vault_locked` | `key_unusable` when the share is gone */
  readKey(secretId: string): WrappedKey | undefined
  /** @throws CoatcheckError `row_tampered` | `vault_locked` */
  readVersion(secretId: string, version: number): SealedVersion | undefined
  /** Remembers when the secret was used last; not authority, so not sealed. */
  touch(secretId: string, usedAt: string): void
  lastUsedAt(secretId: string): string | null
}
