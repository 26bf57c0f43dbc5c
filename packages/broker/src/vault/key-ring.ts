import { createHmac, hkdfSync } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { decrypt, encrypt, type SealedBytes } from './authenticated-cipher.ts'
import type { KeyProvider } from './key-provider.ts'
import type { LockMarker } from './lock-marker.ts'

const labels = [
  'data-key-wrap',
  'row-seal',
  'row-digest',
  'state',
  'mark',
  'placeholder-index',
  'placeholder-text',
] as const

type Label = (typeof labels)[number]

/**
 * Holds the keys that are derived from the key-encryption key, one for each use, while the vault is unlocked. The
 * key-encryption key itself is wiped as soon as they are derived.
 */
export class KeyRing {
  readonly #provider: KeyProvider
  readonly #marker: LockMarker | undefined
  readonly #listeners: (() => void)[] = []
  #keys: ReadonlyMap<Label, Uint8Array> | undefined

  /** Starts unlocked, unless the marker says that an operator locked the vault. @throws CoatcheckError `key_unusable` */
  constructor(provider: KeyProvider, marker?: LockMarker) {
    this.#provider = provider
    this.#marker = marker
    if (marker?.isSet() !== true) this.#keys = deriveKeys(provider)
  }

  /** Names the key-encryption key. @throws CoatcheckError `key_unusable` */
  get keyId(): string {
    return this.#provider.id
  }

  /** True also when another process locked the vault; this one then forgets its keys too. */
  get locked(): boolean {
    if (this.#keys !== undefined && this.#marker?.isSet() === true) this.#forget()
    return this.#keys === undefined
  }

  /** @throws CoatcheckError `vault_locked` */
  requireUnlocked(): void {
    if (this.locked) throw new CoatcheckError('vault_locked')
  }

  /** Zeroes every key, for this process and those that start later, until `unlock`. */
  lock(): void {
    this.#forget()
    this.#marker?.set()
  }

  /** @throws CoatcheckError `key_unusable` */
  unlock(): void {
    this.#keys ??= deriveKeys(this.#provider)
    this.#marker?.clear()
  }

  /** Calls `listener` each time that the keys are zeroed. */
  onLock(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** HMAC-SHA256 that proves that a row was written by a holder of the key. @throws CoatcheckError `vault_locked` */
  seal(bytes: Uint8Array): Uint8Array {
    return this.#authenticate('row-seal', bytes)
  }

  /** HMAC-SHA256 of a row's seal, as it is summed up over all rows; never stored. @throws CoatcheckError `vault_locked` */
  digestSeal(seal: Uint8Array): Uint8Array {
    return this.#authenticate('row-digest', seal)
  }

  /** HMAC-SHA256 for the high-water mark. @throws CoatcheckError `vault_locked` */
  authenticateMark(bytes: Uint8Array): Uint8Array {
    return this.#authenticate('mark', bytes)
  }

  /** @throws CoatcheckError `vault_locked` */
  sealState(plaintext: Uint8Array, associatedData: Uint8Array): SealedBytes {
    return encrypt(this.#key('state'), plaintext, associatedData)
  }

  /** @throws CoatcheckError `vault_locked` | `row_tampered` */
  openState(sealed: SealedBytes, associatedData: Uint8Array): Uint8Array {
    return decrypt(this.#key('state'), sealed, associatedData)
  }

  /** Wraps a data-encryption key. @throws CoatcheckError `vault_locked` */
  wrapDataKey(dataKey: Uint8Array, associatedData: Uint8Array): SealedBytes {
    return encrypt(this.#key('data-key-wrap'), dataKey, associatedData)
  }

  /** The data-encryption key, which the caller wipes. @throws CoatcheckError `vault_locked` | `row_tampered` */
  unwrapDataKey(sealed: SealedBytes, associatedData: Uint8Array): Uint8Array {
    return decrypt(this.#key('data-key-wrap'), sealed, associatedData)
  }

  /** Finds a placeholder without storing its text: HMAC-SHA256, hex. @throws CoatcheckError `vault_locked` */
  indexPlaceholder(text: string): string {
    return Buffer.from(this.#authenticate('placeholder-index', Buffer.from(text))).toString('hex')
  }

  /** Encrypts the text of a placeholder and binds it to `context`; base64. @throws CoatcheckError `vault_locked` */
  sealPlaceholder(text: string, context: string): string {
    const { nonce, ciphertext } = encrypt(this.#key('placeholder-text'), Buffer.from(text), Buffer.from(context))
    return Buffer.concat([nonce, ciphertext]).toString('base64')
  }

  /** @throws CoatcheckError `vault_locked` | `row_tampered` */
  openPlaceholder(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, 'base64')
    const parts = { nonce: bytes.subarray(0, 12), ciphertext: bytes.subarray(12) }
    return Buffer.from(decrypt(this.#key('placeholder-text'), parts, Buffer.from(context))).toString()
  }

  #authenticate(label: Label, bytes: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key(label)).update(bytes).digest()
  }

  #key(label: Label): Uint8Array {
    const key = this.#keys?.get(label)
    if (key === undefined) throw new CoatcheckError('vault_locked')
    return key
  }

  #forget(): void {
    for (const key of this.#keys?.values() ?? []) key.fill(0)
    this.#keys = undefined
    for (const listener of this.#listeners) listener()
  }
}

function deriveKeys(provider: KeyProvider): ReadonlyMap<Label, Uint8Array> {
  const keyEncryptionKey = provider.read()
  try {
    return new Map(labels.map((label) => [label, deriveKey(keyEncryptionKey, label)]))
  } finally {
    keyEncryptionKey.fill(0)
  }
}

function deriveKey(keyEncryptionKey: Uint8Array, label: Label): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', keyEncryptionKey, new Uint8Array(), `coatcheck/1/${label}`, 32))
}
