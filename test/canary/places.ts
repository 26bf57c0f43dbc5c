import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CanarySearch } from '../fixtures/canary-search.ts'

/** Where a core, or a file of a careless program, would lie outside the caller's folders. */
const publicFolders = ['/', '/tmp', '/var/tmp', '/dev/shm']
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const maxPublicFileBytes = 64 * 1024 * 1024

/** What lies on disk, looked through again and again. A file that is as it was, is not searched again for the same. */
export class DiskSearch {
  readonly #folder: string
  readonly #before: ReadonlySet<string>
  readonly #search: CanarySearch
  /** What was found in a file, with what told that it was as it is. */
  readonly #known = new Map<string, { readonly state: string; readonly found: readonly string[] }>()

  /** Of `folder` and of public files, without the files of `before`, which are as their owner made them. */
  constructor(folder: string, before: ReadonlySet<string>, search: CanarySearch) {
    this.#folder = folder
    this.#before = before
    this.#search = search
  }

  /**
   * `place: encoding` for every file and name below the folder, every other public file, and every name of a Unix socket, that holds a
   * canary, and for every file below it that holds a private key in the clear.
   */
  findings(): readonly string[] {
    const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true })
    const below = entries
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => !this.#before.has(path))
    const others = publicFiles().filter((path) => !this.#before.has(path))
    return [
      ...below.flatMap((path) => this.#lookAt(path, true)),
      ...others.flatMap((path) => this.#lookAt(path, false)),
      ...this.#in('/proc/net/unix', readFileSync('/proc/net/unix')),
    ]
  }

  #lookAt(path: string, isOwn: boolean): readonly string[] {
    const status = lstatSync(path, { throwIfNoEntry: false, bigint: true })
    const state = `${status?.ino} ${status?.size} ${status?.mtimeNs} ${status?.ctimeNs} ${this.#search.count}`
    const known = this.#known.get(path)
    if (known?.state === state) return known.found
    const content = status?.isFile() === true ? read(path) : Buffer.alloc(0)
    // The folder of the keys is where the key of the checkpoints belongs.
    const mayBeKey = isOwn && !path.includes('/keys/') && content.includes('-----BEGIN ')
    const isKey = mayBeKey && privateKey.test(content.toString('latin1'))
    const found = [...this.#in(path, content), ...(isKey ? [`${path}: a private key`] : [])]
    this.#known.set(path, { state, found })
    return found
  }

  #in(path: string, content: Buffer): readonly string[] {
    const sightings = [...this.#search.find(content), ...this.#search.find(Buffer.from(path))]
    return sightings.map(({ encoding }) => `${path}: ${encoding}`)
  }
}

/** Plain files of moderate size in the folders that everybody may use, and in the root. */
export function publicFiles(): readonly string[] {
  return publicFolders.flatMap((folder) =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => {
        const status = lstatSync(path, { throwIfNoEntry: false })
        return status?.isFile() === true && status.size <= maxPublicFileBytes
      }),
  )
}

/** What a file holds; nothing when it is gone, since other tests have files in public folders, too. */
function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
