import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * A folder held open, so that names in it can be used without walking the path again. SECURITY: another sandbox may
 * swap a folder of the workspace for a link at any time; the caller, perhaps root, must not be led elsewhere.
 */
export class AnchoredFolder implements Disposable {
  readonly #descriptor: number

  /** @throws Error when the path is not a folder, or leads through a link */
  constructor(path: string) {
    this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    if (readlinkSync(`/proc/self/fd/${this.#descriptor}`) !== path) {
      closeSync(this.#descriptor)
      throw new Error(`${path} leads through a link`)
    }
  }

  /** Path of a name in this very folder, wherever the folder has been moved. Valid until disposed. */
  at(name: string): string {
    return `/proc/self/fd/${this.#descriptor}/${name}`
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/**
 * Content of a plain file, at most `maxBytes` of it; nothing when it is no plain file or cannot be read. Links are not
 * followed, on no step of the path.
 */
export function readPlainFile(path: string, maxBytes: number): { text: string; complete: boolean } | undefined {
  try {
    using folder = new AnchoredFolder(dirname(path))
    const file = openSync(folder.at(basename(path)), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const status = fstatSync(file)
      if (!status.isFile()) return undefined
      const bytes = Buffer.alloc(Math.min(status.size, maxBytes))
      const length = readSync(file, bytes, 0, bytes.length, 0)
      return { text: bytes.toString('utf8', 0, length), complete: status.size <= maxBytes }
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}
