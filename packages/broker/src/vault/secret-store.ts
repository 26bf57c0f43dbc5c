import type { Secret } from './secret.ts'

/** One version of a secret as it lies in the database. */
export interface SealedVersion {
  readonly secretId: string
  readonly version: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** A data-encryption key, wrapped by the key-encryption key `keyId`. */
export interface WrappedKey {
  readonly keyId: string
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Where secrets are kept. Sees ciphertext and metadata only; verifies the seal of every row that it returns. */
export interface SecretStore {
  /** Writes metadata, wrapped key and first version in one transaction. @throws CoatcheckError `secret_exists` */
  create(secret: Secret, key: WrappedKey, version: SealedVersion): void
  /** Replaces the metadata, and adds a version when one is given, in one transaction. */
  update(secret: Secret, version?: SealedVersion): void
  /** Erases metadata, key and every version, so that the file holds none of them. */
  erase(secretId: string): void
  /** @throws CoatcheckError `row_tampered` */
  findByName(project: string, name: string): Secret | undefined
  /** @throws CoatcheckError `row_tampered` */
  findById(secretId: string): Secret | undefined
  /** In the order of names, after `cursor`. */
  list(project: string, limit: number, cursor: string | null): readonly Secret[]
  readKey(secretId: string): WrappedKey | undefined
  readVersion(secretId: string, version: number): SealedVersion | undefined
  /** Remembers when the secret was used last; not authority, so not sealed. */
  touch(secretId: string, usedAt: string): void
  lastUsedAt(secretId: string): string | null
}
