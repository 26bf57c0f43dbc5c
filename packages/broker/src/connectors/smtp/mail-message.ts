import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { namedBy } from '../../injection/mail-pattern.ts'
import { ProtocolError } from '../protocol-error.ts'
import { headerSenders } from './header-senders.ts'
import type { LineReader } from './line-reader.ts'
import { MessageEnd } from './message-end.ts'
import type { ScopeOptions } from './scope-options.ts'

/** Longest header that is looked at, in bytes. */
const maxHeader = 131_072
/** The most of a message that is read on where none of it goes anywhere any more, in bytes. */
const maxDiscarded = 67_108_864
const emptyLine = '\r\n\r\n'

/** One message on its way from a client: what stands between `DATA` and the line that is a dot. */
export class MailMessage {
  readonly #reader: LineReader
  readonly #client: Socket
  readonly #maxBytes: number
  readonly #end = new MessageEnd()
  #isWhole = false
  #held: Buffer = Buffer.alloc(0)
  #size = 0

  /** @param maxBytes longest message, in bytes, its end included */
  constructor(client: Socket, reader: LineReader, maxBytes: number) {
    this.#client = client
    this.#reader = reader
    this.#maxBytes = maxBytes
  }

  /** Bytes that were read. */
  get size(): number {
    return this.#size
  }

  /**
   * Reads the header, and keeps what it has read. @returns whether all whom the mail says it is from are among those that the scope names
   * @throws ProtocolError
   */
  async isFrom({ senders = [] }: ScopeOptions): Promise<boolean> {
    let headerEnd = -1
    await this.#reader.message((chunk) => {
      const taken = this.#take(chunk)
      const from = Math.max(0, this.#held.length - emptyLine.length + 1)
      this.#held = Buffer.concat([this.#held, chunk.subarray(0, taken)])
      headerEnd = this.#held.indexOf(emptyLine, from)
      return this.#isWhole || headerEnd !== -1 || this.#held.length > maxHeader ? taken : -1
    })
    if (headerEnd === -1 && !this.#isWhole) return false
    // A message that ends with its header has its dot behind that.
    const header = this.#held.subarray(0, headerEnd === -1 ? this.#held.length - '.\r\n'.length : headerEnd + 2)
    if (header.length > maxHeader || !isUtf8(header)) return false
    const found = headerSenders(header.toString('utf8'))
    return found?.every((address) => namedBy(senders, address) !== undefined) === true
  }

  /** Sends it on, no faster than the service takes it. @returns false where it is too long: then its end was not sent @throws ProtocolError */
  async passTo(service: Socket, count: (bytes: number) => void): Promise<boolean> {
    const write = (bytes: Buffer): void => {
      count(bytes.length)
      if (service.write(bytes) || this.#isWhole) return
      this.#client.pause()
      service.once('drain', () => this.#client.resume())
    }
    if (this.#size > this.#maxBytes) return false
    if (this.#held.length > 0) write(this.#held)
    this.#held = Buffer.alloc(0)
    if (this.#isWhole) return true
    let isTooLong = false
    await this.#reader.message((chunk) => {
      const taken = this.#take(chunk)
      isTooLong = this.#size > this.#maxBytes
      // SECURITY: a mail that was cut short never gets the line that ends it.
      if (isTooLong) return taken
      write(taken === chunk.length ? chunk : chunk.subarray(0, taken))
      return this.#isWhole ? taken : -1
    })
    return !isTooLong
  }

  /** Reads it to its end, for nobody. @throws ProtocolError */
  async discard(): Promise<void> {
    if (this.#isWhole) return
    const most = this.#size + maxDiscarded
    await this.#reader.message((chunk) => {
      const taken = this.#take(chunk)
      if (this.#size > most) throw new ProtocolError('length')
      return this.#isWhole ? taken : -1
    })
  }

  /** How much of a chunk belongs to it. @throws ProtocolError */
  #take(chunk: Buffer): number {
    const end = this.#end.find(chunk)
    if (end === -2) throw new ProtocolError('line ending')
    this.#isWhole = end !== -1
    const taken = end === -1 ? chunk.length : end
    this.#size += taken
    return taken
  }
}
