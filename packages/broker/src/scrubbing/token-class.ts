/** What a byte is to the search, by its number: 0 ends a run, others belong to one. */
export type TokenClass = Uint8Array

/** Marks `%` and `\`, with which an escape may begin. */
export const escapeLead = 2

/** What hexadecimal is written in. */
export const hexDigits: TokenClass = classOf((character) => /[0-9A-Fa-f]/.test(character))

/** What keys are made of, and their encodings. */
const usual = classOf((character) => /[A-Za-z0-9._~+/=:%\\-]/.test(character))
/** Everything but space and control characters. */
const visible = classOf((character) => character > ' ' && character !== '\x7f')
/** Everything but control characters: what may stand in a field of a head, and so in a value. */
const text = classOf((character) => character >= ' ' && character !== '\x7f')

/**
 * The narrowest class that all values are made of. SECURITY: this, and nothing else of a value, decides what is held back; one of
 * three classes is all that it tells.
 */
export function tokenClassFor(values: readonly Uint8Array[]): TokenClass {
  const fits = (tokens: TokenClass): boolean => values.every((bytes) => bytes.every((byte) => tokens[byte] !== 0))
  return [usual, visible].find(fits) ?? text
}

function classOf(belongs: (character: string) => boolean): TokenClass {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte)
    if (character === '%' || character === '\\') return escapeLead
    return belongs(character) ? 1 : 0
  })
}
