/** A credential that was made from a secret, as it lies in the database. */
export interface SealedCredential {
  readonly secretId: string
  /** Names the derivation; holds nothing of the secret. */
  readonly derivation: string
  /** Version of the secret that it was made from. */
  readonly version: number
  /** Wall clock until which it is used, in milliseconds since 1970. */
  readonly untilMs: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/**
 * Where credentials lie that were made from secrets, for every broker of a home. What lies here decides nothing: whoever reads it
 * finds out whether it fits. Every method may throw CoatcheckError `storage_unavailable`.
 */
export interface DerivedStore {
  /** Takes the place of the one of the same secret and derivation; those of the secret that ended by `nowMs` go. Nothing, where there is no such secret. */
  put(credential: SealedCredential, nowMs: number): void
  /** Gone with its secret. @throws CoatcheckError `row_tampered` */
  find(secretId: string, derivation: string): SealedCredential | undefined
}
