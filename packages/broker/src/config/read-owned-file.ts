import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/**
 * The text of a file, UTF-8, that says what the broker does. SECURITY: the open file is judged. Who may write it decides for the broker; only
 * its owner and root may.
 * @throws Error what `refuse` makes of the reason
 */
export function readOwnedFile(path: string, maxBytes: number, refuse: (reason: string) => Error): string {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const refused = whyRefused(descriptor, maxBytes)
      if (refused !== undefined) throw refuse(refused)
      const bytes = readFileSync(descriptor)
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') throw refuse('it is a symbolic link')
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw refuse('it is not UTF-8')
    throw syscall === undefined ? error : refuse(code ?? 'it cannot be read')
  }
}

function whyRefused(descriptor: number, maxBytes: number): string | undefined {
  const status = fstatSync(descriptor)
  const { mode, size, uid } = status
  if (!status.isFile()) return 'it is not a regular file'
  if (uid !== 0 && uid !== process.geteuid?.()) return 'it belongs to another user'
  if ((mode & 0o022) !== 0) return 'others may write it; take that away with chmod go-w'
  return size > maxBytes ? 'it is too large' : undefined
}
