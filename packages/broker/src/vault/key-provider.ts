/** Holds the key-encryption key. Everything else is derived from it or wrapped by it. */
export interface KeyProvider {
  /** Names the key in every row that it wraps. */
  readonly id: string
  /** Reads the 32-byte key; the caller wipes it. @throws CoatcheckError `key_unusable` */
  read(): Uint8Array
}
