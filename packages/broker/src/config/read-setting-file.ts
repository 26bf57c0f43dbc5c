import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'

const maxBytes = 1_048_576

/**
 * Text of a file that a setting names, without white space around it. One that holds a `secret` is refused when others
 * than its owner and group may read it; services are given theirs through an access list, which shows as the group's.
 * @throws CoatcheckError `settings_invalid`
 */
export function readSettingFile(setting: string, path: string, { secret = false } = {}): string {
  const refuse = (reason: string, cause?: unknown) =>
    new CoatcheckError('settings_invalid', { setting, path, reason }, { cause })
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      // Asked of what is open, so that nothing changes between the question and the reading.
      const status = fstatSync(file)
      if (!status.isFile()) throw refuse('it is not a regular file')
      if (secret && (status.mode & 0o007) !== 0) throw refuse('others may read it; set mode 0600')
      // SECURITY: roots, and a proxy, decide whom the broker believes.
      if ((status.mode & 0o002) !== 0) throw refuse('others may write in it')
      if (status.size > maxBytes) throw refuse('it is too large')
      return readFileSync(file, 'utf8').trim()
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof CoatcheckError) throw error
    throw refuse((error as NodeJS.ErrnoException).code ?? 'it cannot be read', error)
  }
}
