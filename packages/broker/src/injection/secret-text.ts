import { CoatcheckError } from '@coatcheck/contract'

/**
 * Characters that a value may be made of: `visible` is 0x21–0x7E, `text` also has inner spaces and bytes above 0x7F, `cookie`
 * is what RFC 6265 §4.1.1 leaves of `visible`.
 */
export type SecretAlphabet = 'visible' | 'text' | 'cookie'

const notInCookies: ReadonlySet<number> = new Set(Buffer.from('",;\\'))

/**
 * The secret as Latin-1 text, byte for byte.
 * @throws CoatcheckError `secret_unusable` when it would change the request around it, or not arrive as it is
 */
export function secretText(secret: Uint8Array, alphabet: SecretAlphabet): string {
  const reason = unusable(secret, alphabet)
  if (reason !== undefined) throw new CoatcheckError('secret_unusable', { reason })
  return Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('latin1')
}

function unusable(secret: Uint8Array, alphabet: SecretAlphabet): string | undefined {
  if (secret.length === 0) return 'empty'
  // SECURITY: a line break in a field value begins another field.
  if (secret.some((byte) => byte < 0x20 || byte === 0x7f)) return 'line break or control character'
  // RFC 9110 §5.5: a recipient strips them, so another value would arrive.
  if (secret[0] === 0x20 || secret.at(-1) === 0x20) return 'space at the beginning or end'
  if (alphabet !== 'text' && secret.some((byte) => byte === 0x20 || byte > 0x7e)) return 'space or non-ASCII character'
  if (alphabet === 'cookie' && secret.some((byte) => notInCookies.has(byte)))
    return 'quote, comma, semicolon or backslash'
  return undefined
}
