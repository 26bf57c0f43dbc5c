import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { unusable } from './key-file-location.ts'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/** The bytes of a file that belongs to this user alone, at most `maxBytes` and one. @throws CoatcheckError `key_unusable` */
export function readPrivateFile(path: string, maxBytes: number): Uint8Array {
  const descriptor = openPrivateFile(path, O_RDONLY)
  try {
    refuseOpenFile(fstatSync(descriptor))
    const buffer = Buffer.alloc(maxBytes + 1)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Puts `content` in the place of a private file, whole or not at all, and overwrites what stood there, as far as the disk lets
 * it.
 * @throws CoatcheckError `key_unusable`
 */
export function replacePrivateFile(path: string, content: Uint8Array): void {
  const descriptor = openPrivateFile(path, O_RDWR)
  try {
    refuseOpenFile(fstatSync(descriptor))
    writeFileAtomically(path, content)
    overwrite(descriptor)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'key_unusable' ? error : unusable(code ?? 'it cannot be written', error)
  } finally {
    closeSync(descriptor)
  }
}

/** Overwrites a file that has no name any more. */
export function overwrite(descriptor: number): void {
  const { nlink, size } = fstatSync(descriptor)
  // A second name of the file is a copy that somebody made on purpose.
  if (nlink > 0) return
  writeSync(descriptor, Buffer.alloc(size), 0, size, 0)
  fsyncSync(descriptor)
}

/** Differs when the file was replaced or written to. */
export function versionOf(path: string): string {
  const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return entry === undefined ? 'missing' : `${entry.dev}:${entry.ino}:${entry.size}:${entry.mtimeNs}`
}

/** SECURITY: the open file is judged, not its name, which could point elsewhere by now. */
function refuseOpenFile(entry: Stats): void {
  if (!entry.isFile()) throw unusable('it is not a file')
  if (entry.uid !== process.geteuid?.()) throw unusable('it belongs to another user')
  if ((entry.mode & 0o077) !== 0) throw unusable('it is open to group or others')
}

function openPrivateFile(path: string, access: number): number {
  try {
    return openSync(path, access | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reasons: Readonly<Record<string, string>> = {
      EISDIR: 'it is not a file',
      ELOOP: 'it is a symbolic link',
      ENOENT: 'it does not exist',
    }
    throw unusable(reasons[code ?? ''] ?? code ?? 'it cannot be opened', error)
  }
}
