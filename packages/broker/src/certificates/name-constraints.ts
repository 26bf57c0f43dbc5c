import { der } from './der.ts'

/** IPv4 and IPv6 with masks of zeros: every address (RFC 5280 §4.2.1.10). */
const everyAddress = [8, 32].map((length) => subtree(7, Buffer.alloc(length)))

/**
 * Value of the extension that holds an authority to these names and what lies below them, and to no address. A name is one
 * that `canonicalHost` gives.
 */
export function nameConstraints(names: readonly string[]): Buffer {
  const permitted = names.map((name) => subtree(2, Buffer.from(name, 'latin1')))
  // Both lists are SEQUENCE OF under implicit tags, which are encoded as `explicit` encodes items.
  return der.sequence(der.explicit(0, ...permitted), der.explicit(1, ...everyAddress))
}

function subtree(kind: number, base: Uint8Array): Buffer {
  return der.sequence(der.implicit(kind, base))
}
