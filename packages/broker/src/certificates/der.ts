/** Writes the parts of ASN.1 DER (X.690) that certificates are made of. Reads nothing. */
export const der = {
  sequence: (...items: readonly Uint8Array[]) => encode(0x30, ...items),
  set: (...items: readonly Uint8Array[]) => encode(0x31, ...items),
  boolean: (value: boolean) => encode(0x01, Uint8Array.of(value ? 0xff : 0)),
  octets: (...content: readonly Uint8Array[]) => encode(0x04, ...content),
  utf8: (text: string) => encode(0x0c, Buffer.from(text, 'utf8')),
  /** A tag of the context's own, around finished items. */
  explicit: (tag: number, ...items: readonly Uint8Array[]) => encode(0xa0 | tag, ...items),
  /** A tag of the context's own in the place of a primitive type's tag. */
  implicit: (tag: number, content: Uint8Array) => encode(0x80 | tag, content),
  unsigned,
  objectId,
  time,
  bits,
}

function encode(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return Buffer.concat([Uint8Array.of(tag, ...encodeLength(length)), ...content])
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

/** A non-negative INTEGER from big-endian bytes. */
function unsigned(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const significant = first < 0 ? Uint8Array.of(0) : bytes.subarray(first)
  return encode(0x02, ...(significant[0]! >= 0x80 ? [Uint8Array.of(0)] : []), significant)
}

/** A BIT STRING whose last byte has unused bits at its end. */
function bits(content: Uint8Array, unusedBits = 0): Buffer {
  return encode(0x03, Uint8Array.of(unusedBits), content)
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return encode(0x06, Uint8Array.from(bytes))
}

/** UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5), to the second. */
function time(instant: Date): Buffer {
  const digits = `${instant
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '')}Z`
  return instant.getUTCFullYear() < 2050
    ? encode(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : encode(0x18, Buffer.from(digits, 'latin1'))
}
