import { closeSync, existsSync, openSync, rmSync } from 'node:fs'

/** Remembers across processes and restarts that an operator locked the vault. */
export interface LockMarker {
  /** Cheap enough to be asked for each request. */
  isSet(): boolean
  set(): void
  clear(): void
}

/** A lock marker that is set while an empty file exists, in the key's folder, where nobody else can remove it. */
export class FileLockMarker implements LockMarker {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  isSet(): boolean {
    return existsSync(this.#path)
  }

  set(): void {
    closeSync(openSync(this.#path, 'a', 0o600))
  }

  clear(): void {
    rmSync(this.#path, { force: true })
  }
}
