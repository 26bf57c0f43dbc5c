import { constants, fstatSync, realpathSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, isAbsolute, normalize, relative } from 'node:path'
import { z } from 'zod'
import { sourceFailure } from '../source.ts'
import { defineSourceKind } from '../source-kind.ts'
import { maxValueBytes, valueFromBytes } from '../value-from-bytes.ts'

const absolutePath = z
  .string()
  .max(4096)
  .refine((path) => isAbsolute(path) && normalize(path) === path, 'must be an absolute path without detours')

/** A line break at the end does not count. */
const maxFileBytes = maxValueBytes + 2

/** A file that is read anew for each fetch. */
export const fileSource = defineSourceKind({
  kind: 'file',
  options: z.strictObject({ path: absolutePath }),
  placesOf: ({ path }) => [path],
  open: ({ path }) => ({
    kind: 'file',
    mayChange: true,
    async read(signal) {
      const file = await openRegularFile(path)
      try {
        refuseOpenFile(fstatSync(file.fd))
        const buffer = Buffer.alloc(maxFileBytes + 1)
        const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
        signal.throwIfAborted()
        return { value: valueFromBytes(buffer.subarray(0, bytesRead)) }
      } finally {
        await file.close()
      }
    },
  }),
})

async function openRegularFile(path: string): Promise<FileHandle> {
  try {
    // A pipe or a device would keep whoever opens it waiting.
    const file = await open(placeOf(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    return file
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw sourceFailure('the file does not exist')
    if (code === 'EACCES' || code === 'EPERM') throw sourceFailure('the file may not be read')
    if (code === 'source_unavailable') throw error
    throw sourceFailure('the file cannot be opened')
  }
}

/**
 * SECURITY: a link may lie where somebody else writes, and then lead to a file of the broker. One inside the folder, as
 * Kubernetes makes them for secrets that change, leads to nothing else than the folder was meant to hold.
 */
function placeOf(path: string): string {
  const folder = dirname(path)
  const real = realpathSync(path)
  const isInside = realpathSync(folder) === folder && !/^\.\.(?:\/|$)/.test(relative(folder, real))
  if (!isInside) throw sourceFailure('a symbolic link leads out of the folder of the file')
  return real
}

/** SECURITY: the open file is judged. Who may write it chooses the value; only its owner and root may. */
function refuseOpenFile(status: Stats): void {
  if (!status.isFile()) throw sourceFailure('it is not a regular file')
  if (status.uid !== 0 && status.uid !== process.geteuid?.()) throw sourceFailure('the file belongs to another user')
  if ((status.mode & 0o022) !== 0) throw sourceFailure('others may write the file', 'Take that right away: chmod go-w.')
  if ((status.mode & 0o004) !== 0) throw sourceFailure('everybody may read the file', 'Set mode 0600 or 0640.')
}
