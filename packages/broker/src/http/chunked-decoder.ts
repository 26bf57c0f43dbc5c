import type { HeadFault, HeadFaultCode } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { TrailerReader } from './trailer-reader.ts'

/** Who sends a chunked body decides what may stand around its chunks. */
export interface ChunkedOptions {
  /**
   * `refuse`: neither trailers nor chunk extensions, for requests: no client is known to need them, and nearly every attack on
   * chunked framing does. `drop`: trailers are read by the grammar of heads and thrown away. `parse`: trailers are read by the grammar of heads, and extensions are checked and skipped as
   * RFC 9112 §7.1.1 demands of recipients, for responses.
   */
  readonly trailers: 'refuse' | 'drop' | 'parse'
}

/** Eight hexadecimal digits: 4 GiB in one chunk. */
const maxSizeDigits = 8
/** Longest extension of one chunk, in bytes; what is skipped is work for nobody's good. */
const maxExtensionBytes = 1024

/** A part of what llhttp takes: no quoted values and no spaces, which readers end at different places. */
const extensions = /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=[!#$%&'*+\-.^_`|~0-9A-Za-z]+)?)+$/

const lf = 0x0a
const cr = 0x0d
const semicolon = 0x3b

/** Value of a hexadecimal digit, or -1. */
const hexDigits = Int8Array.from({ length: 256 }, (_, octet) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(octet).toLowerCase()),
)

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done' | 'broken'

/** Reads a chunked body (RFC 9112 §7.1) in whatever pieces it comes, and hands out its data without a copy. */
export class ChunkedDecoder {
  readonly #onData: (slice: Buffer) => void
  readonly #isLenient: boolean
  readonly #trailers: TrailerReader
  #state: State = 'size'
  /** Of the chunk that is being read: its size so far, or what is still to come of it. */
  #remaining = 0
  #digits = 0
  #extension = ''
  #fault: HeadFault | undefined = undefined

  /** `onData` gets slices of what is written, never empty ones. */
  constructor(onData: (slice: Buffer) => void, { trailers }: ChunkedOptions) {
    this.#onData = onData
    this.#isLenient = trailers === 'parse'
    this.#trailers = new TrailerReader(trailers !== 'refuse')
  }

  /** The body has ended; what follows belongs to the next message. */
  get done(): boolean {
    return this.#state === 'done'
  }

  /** Empty until the body has ended. */
  get trailers(): HeaderField[] {
    return this.#isLenient ? this.#trailers.fields : []
  }

  /** Why the body cannot be read on; the connection is then good for nothing. */
  get fault(): HeadFault | undefined {
    return this.#fault
  }

  /** Takes bytes from `start` on. Returns the offset behind the last one taken: all of them, up to the end or a fault. */
  write(bytes: Buffer, start: number): number {
    let at = start
    while (at < bytes.length && this.#state !== 'done' && this.#state !== 'broken') {
      if (this.#state === 'data') at = this.#takeData(bytes, at)
      else if (this.#state === 'trailers') at = this.#takeTrailers(bytes, at)
      else {
        this.#state = this.#stateBehind(bytes[at]!)
        at += 1
      }
    }
    return at
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.#remaining, bytes.length)
    this.#remaining -= end - at
    if (this.#remaining === 0) this.#state = 'data-cr'
    this.#onData(bytes.subarray(at, end))
    return end
  }

  #takeTrailers(bytes: Buffer, at: number): number {
    const end = this.#trailers.write(bytes, at)
    if (this.#trailers.fault !== undefined) this.#state = this.#fail(this.#trailers.fault.fault)
    else if (this.#trailers.done) this.#state = 'done'
    return end
  }

  #stateBehind(octet: number): State {
    switch (this.#state) {
      case 'size':
        return this.#stateBehindDigit(octet)
      case 'extension':
        return this.#stateBehindExtension(octet)
      case 'size-lf':
        if (octet !== lf) return this.#fail('chunk_size')
        this.#digits = 0
        return this.#remaining === 0 ? 'trailers' : 'data'
      // SECURITY: a chunk is as long as it said, and an exact CRLF follows: readers part where they search for its end.
      case 'data-cr':
        return octet === cr ? 'data-lf' : this.#fail('chunk_end')
      default:
        return octet === lf ? 'size' : this.#fail('chunk_end')
    }
  }

  #stateBehindDigit(octet: number): State {
    const digit = hexDigits[octet]!
    if (digit >= 0) {
      // SECURITY: the number of digits is bounded, so no size overflows, in this reader or in the next.
      if (this.#digits === maxSizeDigits) return this.#fail('chunk_size')
      this.#digits += 1
      this.#remaining = this.#remaining * 16 + digit
      return 'size'
    }
    if (this.#digits === 0) return this.#fail('chunk_size')
    if (octet === cr) return 'size-lf'
    if (octet !== semicolon) return this.#fail('chunk_size')
    if (!this.#isLenient) return this.#fail('chunk_extension')
    this.#extension = ';'
    return 'extension'
  }

  #stateBehindExtension(octet: number): State {
    if (octet === cr) return extensions.test(this.#extension) ? 'size-lf' : this.#fail('chunk_extension')
    // SECURITY: a line feed without its CR would end the line for some readers.
    if (octet === lf || this.#extension.length === maxExtensionBytes) return this.#fail('chunk_extension')
    this.#extension += String.fromCharCode(octet)
    return 'extension'
  }

  #fail(fault: HeadFaultCode): State {
    this.#fault = { fault }
    return 'broken'
  }
}
