/** Most words of a request, as Redis itself has it. */
const maxWords = 1_048_576
/** Most digits of a length; a value has at most 512 MB. */
const maxDigits = 10
const [carriageReturn, lineFeed, zero, nine] = [0x0d, 0x0a, 0x30, 0x39]

/** Marks of lines with a length. */
export const marks = { words: 0x2a, bytes: 0x24 } as const

/** No length stands there: not yet, or not at all. */
export const noLength = { yet: -1, atAll: -2 } as const

/** Reads lines of a length, `*3` or `$5`. */
export class LengthLine {
  /** Where the line that was read last ends. */
  end = 0

  /** The length that the line at a place says; one of `noLength` otherwise. */
  read(bytes: Uint8Array, start: number, mark: number): number {
    const { length } = bytes
    if (start >= length) return noLength.yet
    if (bytes[start] !== mark) return noLength.atAll
    let at = start + 1
    let value = 0
    for (let byte = bytes[at]; byte !== undefined && byte >= zero && byte <= nine; byte = bytes[at]) {
      value = value * 10 + byte - zero
      at += 1
    }
    const digits = at - start - 1
    // SECURITY: one way to write a number and one to end a line, so that no server reads another length.
    if (digits > maxDigits || (digits > 1 && bytes[start + 1] === zero)) return noLength.atAll
    if (at >= length) return noLength.yet
    if (digits === 0 || bytes[at] !== carriageReturn) return noLength.atAll
    if (at + 1 >= length) return noLength.yet
    if (bytes[at + 1] !== lineFeed || (mark === marks.words && value > maxWords)) return noLength.atAll
    this.end = at + 2
    return value
  }
}

/** A request that has come whole. */
export interface WholeRequest {
  readonly words: readonly Buffer[]
  readonly end: number
}

const line = new LengthLine()

/** Reads the request at a place; one of `noLength` where there is none. */
export function readRequest(bytes: Buffer, start: number): WholeRequest | number {
  const count = line.read(bytes, start, marks.words)
  if (count < 0) return count
  const words: Buffer[] = []
  let at = line.end
  for (let index = 0; index < count; index += 1) {
    const length = line.read(bytes, at, marks.bytes)
    if (length < 0) return length
    const end = line.end + length
    if (end + 2 > bytes.length) return noLength.yet
    words.push(bytes.subarray(line.end, end))
    at = end + 2
  }
  return { words, end: at }
}

/** A request of these words. */
export function request(...words: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
