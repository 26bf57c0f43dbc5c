/** A field of a canonical encoding. */
export type CanonicalField = string | number | null | Uint8Array

/**
 * Encodes fields so that no two lists of fields have the same bytes: each field is a type byte, a length of 8 bytes, and
 * its content. What is authenticated is always encoded with this.
 */
export function encodeCanonically(fields: readonly CanonicalField[]): Uint8Array {
  const parts = fields.map(encodeField)
  return Buffer.concat([encodeLength(fields.length), ...parts])
}

function encodeField(field: CanonicalField): Uint8Array {
  if (field === null) return tagged('n', Buffer.alloc(0))
  if (typeof field === 'string') return tagged('t', Buffer.from(field, 'utf8'))
  if (typeof field === 'number') return tagged('i', encodeInteger(field))
  return tagged('b', field)
}

function tagged(tag: string, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(tag, 'latin1'), encodeLength(content.length), content])
}

function encodeInteger(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function encodeLength(length: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}
