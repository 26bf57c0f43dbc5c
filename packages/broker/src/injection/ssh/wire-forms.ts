/** A number as RFC 4251 §5 writes it. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A string, with its length before it. */
export function string(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return Buffer.concat([uint32(bytes.length), bytes])
}

/** A number that is not negative, from its bytes. */
export function mpint(value: Uint8Array): Buffer {
  const start = value.findIndex((byte) => byte !== 0)
  const bytes = start === -1 ? Buffer.alloc(0) : value.subarray(start)
  return string((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes)
}

/** A list of names. */
export function nameList(names: readonly string[]): Buffer {
  return string(names.join(','))
}

/** A truth value. */
export function boolean(value: boolean): Buffer {
  return Buffer.of(value ? 1 : 0)
}

/** One message: its number, and its parts. */
export function message(type: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), ...parts])
}
