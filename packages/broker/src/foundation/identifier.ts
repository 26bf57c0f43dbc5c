import { randomFillSync } from 'node:crypto'

/** What an identifier names; the prefix makes a stray one recognisable. */
export type IdentifierKind =
  | 'sec'
  | 'sbx'
  | 'grt'
  | 'exc'
  | 'con'
  | 'evt'
  | 'jrn'
  | 'tok'
  | 'dcy'
  | 'drv'
  | 'apr'
  | 'hld'
  | 'key'

const alphabet = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz', 'latin1')

const identifierBytes = 20
/** Letters of identifiers to come: random bytes are cheap in bulk only, and a text is made from many letters at once. */
const stock = Buffer.alloc(identifierBytes * 200)
let used = stock.length

function refill(): void {
  randomFillSync(stock)
  for (let at = 0; at < stock.length; at += 1) stock[at] = alphabet[stock[at]! & 31]!
  used = 0
}

/** A random identifier of 100 bits, e.g. `sbx_7q2m…`. Not a secret, and not to be used as one. */
export function newIdentifier(kind: IdentifierKind): string {
  if (used === stock.length) refill()
  const start = used
  used += identifierBytes
  return `${kind}_${stock.toString('latin1', start, used)}`
}
