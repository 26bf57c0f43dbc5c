import { closeSync, lstatSync, openSync, rmSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'

/** Remembers across processes and restarts that an operator locked the vault. */
export interface LockMarker {
  /** Cheap enough to be asked for each request. */
  isSet(): boolean
  /** @throws CoatcheckError `storage_unavailable` */
  set(): void
  /** @throws CoatcheckError `storage_unavailable` */
  clear(): void
}

/** A lock marker that is set while an empty file exists, in the key's folder, where nobody else can remove it. */
export class FileLockMarker implements LockMarker {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  isSet(): boolean {
    try {
      return lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined
    } catch {
      // SECURITY: what cannot be seen counts as locked.
      return true
    }
  }

  set(): void {
    attempt(() => closeSync(openSync(this.#path, 'a', 0o600)))
  }

  clear(): void {
    attempt(() => rmSync(this.#path, { force: true }))
  }
}

function attempt(act: () => void): void {
  try {
    act()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new CoatcheckError('storage_unavailable', { reason }, { cause: error })
  }
}
