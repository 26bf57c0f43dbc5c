import { CoatcheckError } from '@coatcheck/contract'

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'you may not',
  EEXIST: 'there is one already',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'you may not',
  EROFS: 'the file system is read-only',
}

/**
 * A failure of a file that a person named: `what` could not be done, and why. The path is not repeated: somebody may have
 * put a value in its place.
 */
export function fileFailure(what: string, error: unknown): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason: whyNot(what, error) }, { cause: error })
}

/** `what` could not be done, and why, as text. */
export function whyNot(what: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  const meaning = code === undefined ? undefined : meanings[code]
  return `${what}${code === undefined ? '' : ` (${code})`}${meaning === undefined ? '' : `: ${meaning}`}`
}
