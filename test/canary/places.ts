import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Canary, findCanary } from '../fixtures/canary.ts'

/** Where a core, or a file of a careless program, would lie outside the caller's folders. */
const publicFolders = ['/', '/tmp', '/var/tmp', '/dev/shm']
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const maxPublicFileBytes = 64 * 1024 * 1024

/**
 * `place: encoding` for every file and name below `folder`, every public file that is not among `before`, and every
 * name of a Unix socket, that holds one of the canaries, and for every file below it that holds a private key in the clear.
 */
export function foundOnDisk(
  folder: string,
  before: ReadonlySet<string>,
  canaries: readonly Canary[],
): readonly string[] {
  const below = filesBelow(folder)
  // The folder of the keys is where the key of the checkpoints belongs.
  const keys = below.filter(
    ([path, content]) => !path.includes('/keys/') && privateKey.test(content.toString('latin1')),
  )
  const newFiles = publicFiles().filter((path) => !before.has(path))
  const places = [...below, ...newFiles.map((path) => [path, read(path)] as const), unixSockets()]
  const found = places.flatMap(([path, content]) =>
    canaries.flatMap((canary) =>
      [...findCanary(content, canary), ...findCanary(path, canary)].map((encoding) => `${path}: ${encoding}`),
    ),
  )
  return [...found, ...keys.map(([path]) => `${path}: a private key`)]
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

function filesBelow(folder: string): readonly (readonly [path: string, content: Buffer])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path, entry.isFile() ? read(path) : Buffer.alloc(0)]
  })
}

function unixSockets(): readonly [path: string, content: Buffer] {
  return ['/proc/net/unix', readFileSync('/proc/net/unix')]
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
