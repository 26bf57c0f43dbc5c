import { SshFault } from '../../../injection/ssh/ssh-fault.ts'

/** What this side calls itself. */
export const ownIdentification = 'SSH-2.0-Coatcheck'

/** RFC 4253 §4.2: longest line, with its end; and what a server may say before it, in bytes. */
const maxLineBytes = 255
const maxPreludeBytes = 8_192

/** Finds the line by which a side says what it speaks. RFC 4253 §4.2. */
export class IdentificationReader {
  readonly #mayPrelude: boolean
  #pending: Buffer = Buffer.alloc(0)
  #preludeBytes = 0

  /** @param mayPrelude whether other lines may come before, as servers may send them */
  constructor(mayPrelude: boolean) {
    this.#mayPrelude = mayPrelude
  }

  /** @returns the line without its end, and what came behind it; undefined until it is whole. @throws SshFault */
  push(chunk: Buffer): { readonly line: string; readonly rest: Buffer } | undefined {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      const end = this.#pending.indexOf(0x0a)
      const length = end === -1 ? this.#pending.length : end + 1
      if (length > (this.#isOwnLine() ? maxLineBytes : maxPreludeBytes)) throw new SshFault('a first line is too long')
      if (end === -1) return undefined
      const line = this.#pending.toString('latin1', 0, end).replace(/\r$/, '')
      this.#pending = this.#pending.subarray(end + 1)
      if (line.startsWith('SSH-')) return { line: checked(line), rest: this.#pending }
      this.#preludeBytes += length
      if (!this.#mayPrelude || this.#preludeBytes > maxPreludeBytes)
        throw new SshFault('this is not the protocol of SSH')
    }
  }

  #isOwnLine(): boolean {
    return !this.#mayPrelude || this.#pending.subarray(0, 4).toString('latin1') === 'SSH-'
  }
}

function checked(line: string): string {
  if (!/^SSH-(?:2\.0|1\.99)-[ -~]*$/.test(line)) throw new SshFault('this version of SSH is not spoken')
  return line
}
