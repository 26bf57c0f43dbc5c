/** Bytes with their escapes undone, and where each of them stood. */
export interface Unescaped {
  readonly bytes: Buffer
  /** Where each byte began in the original; one more entry says where the last one ended. */
  readonly starts: Int32Array
}

const percent = 0x25
const backslash = 0x5c
/** What a backslash and a letter stand for in JSON (RFC 8259 §7). */
const letters: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9, '"': 34, '/': 47, '\\': 92 }

/**
 * Undoes `%XX`, `\uXXXX` and the short escapes of JSON, once. Undefined where there are none. @param starts where the bytes
 * themselves stood, if anywhere else
 */
export function undoEscapes(bytes: Uint8Array, start: number, end: number, starts?: Int32Array): Unescaped | undefined {
  const output = Buffer.allocUnsafe(end - start)
  const from = new Int32Array(end - start + 1)
  const originOf = (index: number): number => (starts === undefined ? index : starts[index]!)
  let length = 0
  let changed = false
  const put = (byte: number, index: number): void => {
    output[length] = byte
    from[length] = originOf(index)
    length += 1
  }
  for (let index = start; index < end; ) {
    const byte = bytes[index]!
    const [code, width] = byte === percent || byte === backslash ? readEscape(bytes, index, end) : [byte, 1]
    changed ||= width > 1
    if (width < 6 || code < 0x80) put(code, index)
    else for (const part of Buffer.from(String.fromCodePoint(code), 'utf8')) put(part, index)
    index += width
  }
  if (!changed) return undefined
  from[length] = originOf(end)
  return { bytes: output.subarray(0, length), starts: from.subarray(0, length + 1) }
}

/** The number of what an escape stands for, and its length; the byte itself where it begins none. */
function readEscape(bytes: Uint8Array, at: number, end: number): [code: number, width: number] {
  const byte = bytes[at]!
  if (byte === percent) {
    const code = readHex(bytes, at + 1, Math.min(end, at + 3), 2)
    return code < 0 ? [byte, 1] : [code, 3]
  }
  if (at + 1 >= end) return [byte, 1]
  if (bytes[at + 1] === 0x75) {
    const code = readUnicode(bytes, at, end)
    if (code < 0) return [byte, 1]
    if (code < 0xd800 || code > 0xdbff) return [code, 6]
    // Two of them are one character behind U+FFFF.
    const next = bytes[at + 6] === backslash && bytes[at + 7] === 0x75 ? readUnicode(bytes, at + 6, end) : -1
    return next < 0xdc00 || next > 0xdfff ? [code, 6] : [0x10000 + (code - 0xd800) * 0x400 + next - 0xdc00, 12]
  }
  const short = letters[String.fromCharCode(bytes[at + 1]!)]
  return short === undefined ? [byte, 1] : [short, 2]
}

function readUnicode(bytes: Uint8Array, at: number, end: number): number {
  return readHex(bytes, at + 2, Math.min(end, at + 6), 4)
}

function readHex(bytes: Uint8Array, start: number, end: number, count: number): number {
  if (end - start < count) return -1
  let code = 0
  for (let index = start; index < end; index += 1) {
    const digit = hexDigit(bytes[index]!)
    if (digit < 0) return -1
    code = code * 16 + digit
  }
  return code
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
