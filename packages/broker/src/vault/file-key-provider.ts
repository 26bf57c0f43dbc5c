import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { keyFileBytes, parseKeyFile } from './key-file-format.ts'
import { checkKeyFileLocation, unusable } from './key-file-location.ts'
import type { KeyProvider } from './key-provider.ts'

/** Keeps the key-encryption key in a text file with mode 0600, in a folder apart from the database. */
export class FileKeyProvider implements KeyProvider {
  readonly #path: string
  readonly #databaseDirectory: string | undefined
  #id: string | undefined

  /** Reads nothing yet. With `databaseDirectory`, a key file inside of it is refused. */
  constructor(path: string, options: { readonly databaseDirectory?: string } = {}) {
    this.#path = path
    this.#databaseDirectory = options.databaseDirectory
  }

  /** Short hash of the key. @throws CoatcheckError `key_unusable` */
  get id(): string {
    if (this.#id === undefined) this.read().fill(0)
    return this.#id!
  }

  read(): Uint8Array {
    checkKeyFileLocation(this.#path, this.#databaseDirectory)
    const text = readPrivateFile(this.#path)
    try {
      const key = parseKeyFile(text)
      this.#id = createHash('sha256').update('coatcheck-key-id-1:').update(key).digest('hex').slice(0, 16)
      return key
    } finally {
      text.fill(0)
    }
  }
}

function readPrivateFile(path: string): Uint8Array {
  const descriptor = openPrivateFile(path)
  try {
    const entry = fstatSync(descriptor)
    // SECURITY: the open file is judged, not its name, which could point elsewhere by now.
    if (!entry.isFile()) throw unusable('it is not a file')
    if (entry.uid !== process.geteuid?.()) throw unusable('it belongs to another user')
    if ((entry.mode & 0o077) !== 0) throw unusable('it is open to group or others')
    const buffer = Buffer.alloc(keyFileBytes + 1)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

function openPrivateFile(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reasons: Readonly<Record<string, string>> = { ELOOP: 'it is a symbolic link', ENOENT: 'it does not exist' }
    throw unusable(reasons[code ?? ''] ?? code ?? 'it cannot be opened', error)
  }
}
