import { createHash } from 'node:crypto'
import type { SecretValue } from './secret-value.ts'

/** Length of a key-encryption key, in bytes. */
export const keyBytes = 32

/** Holds the key-encryption keys. Everything else is derived from them or wrapped by them. */
export interface KeyProvider {
  /**
   * The 32-byte keys, which the caller wipes: first the one in use, then, while keys are rotated, the one that goes. Once a
   * passphrase was right it need not be given again until `forget`.
   * @throws CoatcheckError `key_unusable` | `passphrase_required` | `passphrase_wrong`
   */
  read(passphrase?: SecretValue): readonly Uint8Array[]
  /** Differs when `read` may give other keys than before. */
  version(): string
  /** Wipes what it keeps of a passphrase. */
  forget(): void
}

/** The name of a key in everything that it seals or wraps: 8 bytes of its hash, hex. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('coatcheck-key-id-1:').update(key).digest('hex').slice(0, 16)
}
