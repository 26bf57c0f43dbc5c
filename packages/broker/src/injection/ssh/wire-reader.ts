import { SshFault } from './ssh-fault.ts'

/** Names in one list, and characters in one name, at most. RFC 4251 §6 has 64 for a name. */
const maxNames = 256
const nameForm = /^[!-+\--~]{1,64}$/

/** Reads the data types of RFC 4251 §5 out of one message. Every method throws SshFault where the bytes do not fit. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    return this.bytes(1)[0]!
  }

  boolean(): boolean {
    return this.byte() !== 0
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE(0)
  }

  /** So many bytes as they stand, not copied. */
  bytes(count: number): Buffer {
    // SECURITY: a length is compared with what is there before anything is cut out or made room for.
    if (count > this.#bytes.length - this.#at) throw new SshFault('a message is too short')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  string(): Buffer {
    return this.bytes(this.uint32())
  }

  /** A string of printable ASCII of at most so many characters. */
  text(limit: number): string {
    const bytes = this.string()
    if (bytes.length > limit || bytes.some((byte) => byte < 0x20 || byte > 0x7e))
      throw new SshFault('a text is not valid')
    return bytes.toString('latin1')
  }

  /** A number that is not negative, without zeros at its start. */
  mpint(): Buffer {
    const bytes = this.string()
    const [first = 0, second = 0] = bytes
    if (first >= 0x80) throw new SshFault('a number is negative')
    if (bytes.length > 0 && first === 0 && second < 0x80) throw new SshFault('a number is too long')
    return first === 0 ? bytes.subarray(1) : bytes
  }

  names(): readonly string[] {
    const bytes = this.string()
    if (bytes.length === 0) return []
    const names = bytes.toString('latin1').split(',')
    if (names.length > maxNames || !names.every((name) => nameForm.test(name)))
      throw new SshFault('a list is not valid')
    return names
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new SshFault('a message is too long')
  }
}
