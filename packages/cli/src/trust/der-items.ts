/** One item of ASN.1 DER. */
export interface DerItem {
  /** Identifier octet: class, form and number. */
  readonly tag: number
  readonly content: Buffer
}

/** The items that lie one after another in these bytes; undefined where they are anything else. */
export function derItems(bytes: Buffer): readonly DerItem[] | undefined {
  const items: DerItem[] = []
  for (let at = 0; at < bytes.length; ) {
    const item = itemAt(bytes, at)
    if (item === undefined) return undefined
    items.push({ tag: bytes[at]!, content: bytes.subarray(item.start, item.end) })
    at = item.end
  }
  return items
}

function itemAt(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1]
  // Neither tags of several bytes nor lengths beyond 16 MiB stand in a certificate.
  if (first === undefined || (bytes[at]! & 0x1f) === 0x1f) return undefined
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  if (first === 0x80 || lengthBytes > 3 || start > bytes.length) return undefined
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  return start + length > bytes.length ? undefined : { start, end: start + length }
}
