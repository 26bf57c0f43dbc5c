import { unusable } from './key-file-location.ts'

const keyBytes = 32
const prefix = Buffer.from('coatcheck-key-1:', 'latin1')
const digits = Buffer.from('0123456789abcdef', 'latin1')
const lineFeed = 0x0a

/** Longest key file, in bytes: the prefix, two hexadecimal digits for each byte of the key, and a line feed. */
export const keyFileBytes = prefix.length + 2 * keyBytes + 1

/** The text of a key file. The caller wipes it. */
export function formatKeyFile(key: Uint8Array): Uint8Array {
  const text = Buffer.alloc(keyFileBytes)
  prefix.copy(text)
  for (const [index, byte] of key.entries()) {
    const at = prefix.length + 2 * index
    text[at] = digits[byte >> 4]!
    text[at + 1] = digits[byte & 15]!
  }
  text[keyFileBytes - 1] = lineFeed
  return text
}

/** The key in a key file. Reads bytes, not strings, because those could not be wiped. @throws CoatcheckError `key_unusable` */
export function parseKeyFile(text: Uint8Array): Uint8Array {
  const hasLineFeed = text.length === keyFileBytes && text[keyFileBytes - 1] === lineFeed
  const hasNone = text.length === keyFileBytes - 1
  if (!(hasLineFeed || hasNone) || !prefix.equals(text.subarray(0, prefix.length))) throw unusable('it is malformed')
  const key = new Uint8Array(keyBytes)
  for (let index = 0; index < keyBytes; index++) {
    const high = digits.indexOf(text[prefix.length + 2 * index]!)
    const low = digits.indexOf(text[prefix.length + 2 * index + 1]!)
    if (high < 0 || low < 0) {
      key.fill(0)
      throw unusable('it is malformed')
    }
    key[index] = (high << 4) | low
  }
  return key
}
