import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import { SecretValue } from './secret-value.ts'

const maxBytes = 1_024
const [carriageReturn, lineFeed] = [0x0d, 0x0a]

/** The passphrase in a file; one line break at its end is dropped. @throws CoatcheckError `key_unusable` */
export function readPassphraseFile(path: string): SecretValue {
  const buffer = Buffer.alloc(maxBytes + 1)
  try {
    const length = fill(path, buffer)
    if (length > maxBytes) throw unusable('it is too long')
    const passphrase = buffer.subarray(0, withoutLineBreak(buffer, length))
    if (passphrase.length === 0) throw unusable('it is empty')
    return new SecretValue(Uint8Array.from(passphrase))
  } finally {
    buffer.fill(0)
  }
}

function fill(path: string, buffer: Buffer): number {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw unusable((error as NodeJS.ErrnoException).code ?? 'it cannot be opened', error)
  }
  try {
    refuseOpenFile(fstatSync(descriptor))
    return readSync(descriptor, buffer, 0, buffer.length, 0)
  } finally {
    closeSync(descriptor)
  }
}

function refuseOpenFile({ mode, uid, ...entry }: Stats): void {
  const own = process.geteuid?.()
  if ((mode & constants.S_IFMT) !== constants.S_IFREG || entry.size === 0) throw unusable('it is not a file, or empty')
  if (uid !== own && uid !== 0) throw unusable('it belongs to another user')
  // A service manager hands files over by access lists, which show as rights of the group of root.
  const forbidden = uid === 0 && own !== 0 ? 0o037 : 0o077
  if ((mode & forbidden) !== 0) throw unusable('it is open to group or others')
}

function withoutLineBreak(buffer: Buffer, length: number): number {
  if (buffer[length - 1] !== lineFeed) return length
  return buffer[length - 2] === carriageReturn ? length - 2 : length - 1
}

function unusable(reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('key_unusable', { file: 'passphrase', reason }, { cause })
}
