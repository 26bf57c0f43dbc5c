/** Body of `POST /v1/vault/unlock`. */
export interface VaultUnlock {
  /** Where the key asks for one. */
  readonly passphrase?: string
}

/** Body of `POST /v1/vault/passphrase`. */
export interface PassphraseChange {
  /** The passphrase that the key lies under; absent where it lies in the clear. */
  readonly current?: string
  /** At least 12 characters; null puts the key in the clear. */
  readonly next: string | null
}

/** How far `POST /v1/vault/rotate-key` has come, in rows. */
export interface KeyRotationProgress {
  readonly done: number
  readonly total: number
}
