import { SecretValue } from '../vault/secret-value.ts'
import { sourceFailure } from './source.ts'

/** Longest value that is taken from a source, in bytes. */
export const maxValueBytes = 65_536

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * A value from what a source gave, which is wiped: one line break at the end is dropped and nothing else is changed. What is
 * empty, too long, or not UTF-8 is no value.
 * @throws CoatcheckError `source_unavailable`
 */
export function valueFromBytes(bytes: Uint8Array): SecretValue {
  try {
    const end = endWithoutBreak(bytes)
    if (end === 0) throw sourceFailure('the value is empty')
    if (end > maxValueBytes) throw sourceFailure(`the value is longer than ${maxValueBytes} bytes`)
    const kept = Uint8Array.from(bytes.subarray(0, end))
    if (!isUtf8(kept)) {
      kept.fill(0)
      throw sourceFailure('the value is not UTF-8')
    }
    return new SecretValue(kept)
  } finally {
    bytes.fill(0)
  }
}

/** Like `valueFromBytes`, of text. @throws CoatcheckError `source_unavailable` */
export function valueFromText(text: string): SecretValue {
  // A lone surrogate would become another value on the way.
  if (!text.isWellFormed()) throw sourceFailure('the value is not UTF-8')
  return valueFromBytes(new TextEncoder().encode(text))
}

function endWithoutBreak(bytes: Uint8Array): number {
  const { length } = bytes
  if (bytes[length - 1] !== lineFeed) return length
  return bytes[length - 2] === carriageReturn ? length - 2 : length - 1
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
