import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { sweepUnfinished, writeFileAtomically } from '../../foundation/write-file-atomically.ts'
import type { KeyRing } from '../../vault/key-ring.ts'
import { overwrite, readPrivateFile } from '../../vault/private-file.ts'
import { translateStorageErrors } from './storage-error.ts'

const shareBytes = 32
const condemnedSuffix = '.erased'
const maxRemembered = 10_000

/**
 * Keeps the share of each secret in a file of its own, in the folder of the keys. A copy of the database, whoever has it, is
 * dead for every secret whose share was destroyed.
 */
export class SecretShares {
  readonly #folder: string
  readonly #remembered = new Map<string, Uint8Array>()

  /** Makes the folder with mode 0700. @throws CoatcheckError `storage_unavailable` */
  constructor(folder: string, keyRing: KeyRing) {
    this.#folder = folder
    translateStorageErrors(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      sweepUnfinished(join(folder, 'sec'))
    })
    keyRing.onLock(() => this.#forget())
  }

  /** @throws CoatcheckError `storage_unavailable` */
  keep(secretId: string, share: Uint8Array): void {
    translateStorageErrors(() => writeFileAtomically(this.#path(secretId), share))
  }

  /** Whether the share was not destroyed. */
  has(secretId: string): boolean {
    const path = this.#path(secretId)
    return [path, path + condemnedSuffix].some((candidate) => existsSync(candidate))
  }

  /** @throws CoatcheckError `key_unusable` when it is gone */
  read(secretId: string): Uint8Array {
    const known = this.#remembered.get(secretId)
    if (known !== undefined) return known
    const share = this.#readFile(secretId)
    if (this.#remembered.size >= maxRemembered) this.#forget()
    this.#remembered.set(secretId, share)
    return share
  }

  /** Marks the share of a secret that a transaction is about to erase. @throws CoatcheckError `storage_unavailable` */
  condemn(secretId: string): void {
    this.#remembered.get(secretId)?.fill(0)
    this.#remembered.delete(secretId)
    const path = this.#path(secretId)
    translateStorageErrors(() => {
      try {
        renameSync(path, path + condemnedSuffix)
      } catch (error) {
        // It was destroyed already, or the secret came with a database from elsewhere.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    })
  }

  /** Whether there are marked shares, of a process that died or of one that is at it. */
  hasCondemned(): boolean {
    return this.#condemned().length > 0
  }

  /** Destroys the marked shares, except of secrets that are there after all; no other process may erase meanwhile. */
  settle(exists: (secretId: string) => boolean): void {
    translateStorageErrors(() => {
      for (const secretId of this.#condemned()) {
        const path = this.#path(secretId)
        if (exists(secretId)) renameSync(path + condemnedSuffix, path)
        else destroy(path + condemnedSuffix)
      }
    })
  }

  #condemned(): readonly string[] {
    return readdirSync(this.#folder).flatMap((name) =>
      name.endsWith(condemnedSuffix) ? [name.slice(0, -condemnedSuffix.length)] : [],
    )
  }

  #readFile(secretId: string): Uint8Array {
    const path = this.#path(secretId)
    for (const candidate of [path, path + condemnedSuffix]) {
      const share = readIfPresent(candidate)
      if (share !== undefined) return share
    }
    throw new CoatcheckError('key_unusable', { secret: secretId, reason: 'the share of this secret was destroyed' })
  }

  #path(secretId: string): string {
    // SECURITY: an id becomes a file name.
    if (!/^[a-z]{3}_[0-9a-z]{1,40}$/.test(secretId)) throw new CoatcheckError('row_tampered', { column: 'id' })
    return join(this.#folder, secretId)
  }

  #forget(): void {
    for (const share of this.#remembered.values()) share.fill(0)
    this.#remembered.clear()
  }
}

function readIfPresent(path: string): Uint8Array | undefined {
  try {
    const share = readPrivateFile(path, shareBytes)
    if (share.length !== shareBytes) throw new CoatcheckError('key_unusable', { reason: 'a share is malformed' })
    return share
  } catch (error) {
    const { cause } = error as { readonly cause?: NodeJS.ErrnoException }
    if (cause?.code === 'ENOENT') return undefined
    throw error
  }
}

function destroy(path: string): void {
  const descriptor = openSync(path, 'r+')
  try {
    rmSync(path)
    overwrite(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
