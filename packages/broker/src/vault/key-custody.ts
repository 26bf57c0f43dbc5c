import { type KeyBundle, sealKeyBundle } from './key-bundle.ts'
import type { KeyFileEditor } from './key-file-editor.ts'
import type { KeyRing } from './key-ring.ts'
import { type KeyedStore, KeyRotation, type RotationProgress } from './key-rotation.ts'
import type { SecretValue } from './secret-value.ts'

/** What custody is taken of. */
export interface KeyCustodyParts {
  readonly keyFile: KeyFileEditor
  readonly keyRing: KeyRing
  readonly store: KeyedStore
}

/** Changes the key-encryption key, and the passphrase that it may lie under. */
export class KeyCustody {
  readonly #parts: KeyCustodyParts
  readonly #rotation: KeyRotation
  #running: Promise<void> | undefined
  #listeners = new Set<(progress: RotationProgress) => void>()

  constructor(parts: KeyCustodyParts) {
    this.#parts = parts
    this.#rotation = new KeyRotation(parts)
  }

  /**
   * Replaces the key; joins a replacement that is under way in this process. It goes on when nobody listens any more.
   * @throws CoatcheckError `vault_locked` | `key_unusable` | `storage_unavailable` | `row_tampered` | `state_rolled_back`
   */
  async rotate(onProgress: (progress: RotationProgress) => void): Promise<void> {
    this.#listeners.add(onProgress)
    try {
      this.#running ??= this.#rotation.rotate((progress) => this.#tell(progress))
      await this.#running
    } finally {
      this.#listeners.delete(onProgress)
      this.#running = undefined
    }
  }

  /** Brings to its end what an earlier process began, and says whether there was anything. @throws CoatcheckError as `rotate` does */
  async resume(): Promise<boolean> {
    if (this.#parts.keyRing.locked || !this.#rotation.isPending) return false
    await this.#rotation.finish()
    return true
  }

  /** Resolves when nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {
      // Whoever asked for it was told.
    })
  }

  /**
   * What the database needs beside it, encrypted under a passphrase. `shares` are hex, by the id of the secret.
   * @throws CoatcheckError `passphrase_weak` | `vault_locked` | `key_unusable`
   */
  exportKeys(passphrase: SecretValue, rest: Pick<KeyBundle, 'checkpointKey' | 'shares'>): Uint8Array {
    const { keyFile, keyRing } = this.#parts
    keyRing.requireUnlocked()
    const keys = keyFile.readKeys()
    const kind = keyFile.asksForPassphrase ? 'passphrase' : 'file'
    try {
      return sealKeyBundle({ kind, keys: keys.map((key) => Buffer.from(key).toString('hex')), ...rest }, passphrase)
    } finally {
      for (const key of keys) key.fill(0)
    }
  }

  /**
   * Puts the key under another passphrase, or, without `next`, in the clear. `current` is the passphrase that it lies under.
   * @throws CoatcheckError `passphrase_required` | `passphrase_wrong` | `passphrase_weak` | `vault_locked` | `key_unusable`
   */
  changePassphrase(current: SecretValue | undefined, next: SecretValue | undefined): void {
    const { store, keyFile, keyRing } = this.#parts
    store.exclusively(() => {
      keyFile.rewrap(current, next)
      // A vault that is locked stays so, and nothing is kept of its passphrase.
      if (keyRing.locked) keyFile.forget()
      else keyRing.refresh()
    })
  }

  #tell(progress: RotationProgress): void {
    for (const listener of this.#listeners) listener(progress)
  }
}
