import { ControlFields } from './control-fields.ts'
import type { HeadFault, HeadFaultCode } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { parseFields } from './parse-fields.ts'

/** Longest trailer section that is read, in bytes. */
const maxTrailerBytes = 16_384

const lf = 0x0a
const cr = 0x0d

/** Reads what stands between the last chunk and the end of a chunked body (RFC 9112 §7.1.2), in whatever pieces it comes. */
export class TrailerReader {
  readonly #isAllowed: boolean
  #text = ''
  #length = 0
  /** How much of CRLF CRLF was just read; the line before this section ended with the first half. */
  #matched = 2
  #fields: HeaderField[] = []
  #done = false
  #fault: HeadFault | undefined = undefined

  constructor(isAllowed: boolean) {
    this.#isAllowed = isAllowed
  }

  get done(): boolean {
    return this.#done
  }

  get fields(): HeaderField[] {
    return this.#fields
  }

  get fault(): HeadFault | undefined {
    return this.#fault
  }

  /** Takes bytes from `start` on. Returns the offset behind the last one taken. */
  write(bytes: Buffer, start: number): number {
    let at = start
    while (at < bytes.length && this.#matched < 4) {
      const octet = bytes[at]!
      // Without trailers, the next two bytes are the end.
      if (!this.#isAllowed && octet !== (this.#matched === 2 ? cr : lf)) return this.#fail('trailers_refused', at)
      if (this.#length === maxTrailerBytes) return this.#fail('trailers_too_long', at)
      this.#length += 1
      this.#matched = advance(this.#matched, octet)
      at += 1
    }
    this.#text += bytes.toString('latin1', start, at)
    if (this.#matched === 4) this.#parse()
    return at
  }

  #parse(): void {
    this.#done = true
    const fields = parseFields(this.#text, 0)
    if ('fault' in fields) this.#fault = fields
    // SECURITY: RFC 9110 §6.5.1: what frames or routes a message is not said behind it.
    else if (fields.some(isForbidden)) this.#fault = { fault: 'field_name' }
    else this.#fields = fields
  }

  #fail(fault: HeadFaultCode, at: number): number {
    this.#fault = { fault }
    return at
  }
}

function advance(matched: number, octet: number): number {
  if (octet === (matched % 2 === 0 ? cr : lf)) return matched + 1
  return octet === cr ? 1 : 0
}

function isForbidden(field: HeaderField): boolean {
  const { contentLength, transferEncoding } = new ControlFields([field])
  return contentLength !== undefined || transferEncoding !== undefined || field.name.toLowerCase() === 'host'
}
