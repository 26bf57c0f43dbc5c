import { randomBytes } from 'node:crypto'

/** What an identifier names; the prefix makes a stray one recognisable. */
export type IdentifierKind = 'sec' | 'sbx' | 'grt' | 'exc' | 'con' | 'evt' | 'jrn' | 'tok'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A random identifier of 100 bits, e.g. `sbx_7q2m…`. Not a secret, and not to be used as one. */
export function newIdentifier(kind: IdentifierKind): string {
  let text = ''
  for (const byte of randomBytes(20)) text += alphabet[byte & 31]
  return `${kind}_${text}`
}
