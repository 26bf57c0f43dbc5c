const percent = 0x25
const backslash = 0x5c
/** The beginning of the one escape with a backslash that can stand for any character. */
const unicode = Buffer.from('\\u', 'latin1')

/** Value of each hexadecimal digit by its byte, and -1 for every other byte. */
const digits = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)

/**
 * Undoes `%XX` and `\uXXXX` of ASCII characters in bytes that come in chunks, wherever these are cut; everything else passes as
 * it is. Escapes that are incomplete at the end are swallowed. Linear in its input.
 */
export class EscapeDecoder {
  #carry = Buffer.alloc(0)

  /** The decoded bytes; `chunk` itself where nothing was escaped. */
  write(chunk: Buffer): Buffer {
    const input = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk])
    this.#carry = Buffer.alloc(0)
    let output: Buffer | undefined
    let length = 0
    let copied = 0
    let nextPercent = input.indexOf(percent)
    let nextBackslash = indexOfUnicode(input, 0)
    while (nextPercent >= 0 || nextBackslash >= 0) {
      const isPercent = nextBackslash < 0 || (nextPercent >= 0 && nextPercent < nextBackslash)
      const at = isPercent ? nextPercent : nextBackslash
      const read = isPercent ? readPercent(input, at) : readUnicode(input, at)
      if (read === 'incomplete') {
        this.#carry = Buffer.from(input.subarray(at))
        break
      }
      if (read !== undefined) {
        output ??= Buffer.allocUnsafe(input.length)
        if (at > copied) length += input.copy(output, length, copied, at)
        output[length] = read.byte
        length += 1
        copied = at + read.length
      }
      const from = at + (read?.length ?? 1)
      if (nextPercent >= 0 && nextPercent < from) nextPercent = nextIndex(input, percent, from)
      if (nextBackslash >= 0 && nextBackslash < from) nextBackslash = indexOfUnicode(input, from)
    }
    const end = input.length - this.#carry.length
    if (output === undefined) return input.subarray(0, end)
    length += input.copy(output, length, copied, end)
    return output.subarray(0, length)
  }
}

/** Where `\u` begins, or a backslash at the very end, behind which it may go on. */
function indexOfUnicode(input: Buffer, from: number): number {
  const found = input.indexOf(unicode, from)
  if (found >= 0) return found
  const last = input.length - 1
  return last >= from && input[last] === backslash ? last : -1
}

function nextIndex(input: Buffer, byte: number, from: number): number {
  return input[from] === byte ? from : input.indexOf(byte, from)
}

type Escape = { readonly byte: number; readonly length: number } | 'incomplete' | undefined

function readPercent(input: Buffer, at: number): Escape {
  return readHex(input, at + 1, 2, 3)
}

function readUnicode(input: Buffer, at: number): Escape {
  if (at + 1 === input.length) return 'incomplete'
  return input[at + 1] === 0x75 ? readHex(input, at + 2, 4, 6) : undefined
}

function readHex(input: Buffer, start: number, count: number, length: number): Escape {
  let byte = 0
  for (let index = start; index < start + count; index += 1) {
    if (index === input.length) return 'incomplete'
    const digit = digits[input[index]!]!
    if (digit < 0) return undefined
    byte = byte * 16 + digit
  }
  return byte > 0x7f ? undefined : { byte, length }
}
