import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'
import { SocketBytes } from '../socket-bytes.ts'

/** One message: its type, and what follows its length. */
export interface Message {
  readonly type: string
  readonly body: Buffer
  /** As it came. */
  readonly raw: Buffer
}

/** Reads packets and messages from a socket while two sides log in, and hands over what it has not used. */
export class MessageReader {
  readonly #bytes: SocketBytes
  readonly #limit: number

  /** @param limit longest packet, in bytes */
  constructor(socket: Socket, limit: number) {
    this.#bytes = new SocketBytes(socket, limit)
    this.#limit = limit
  }

  /** Number of bytes that came and were not used. */
  get surplus(): number {
    return this.#bytes.pending.length
  }

  /** A packet of the start-up: its length stands first. @throws ProtocolError */
  async packet(): Promise<Buffer> {
    await this.#bytes.need(4)
    const length = this.#bytes.pending.readUInt32BE(0)
    if (length < 8 || length > this.#limit) throw new ProtocolError('length')
    return this.#bytes.take(length)
  }

  /** @throws ProtocolError */
  async message(): Promise<Message> {
    await this.#bytes.need(5)
    const length = this.#bytes.pending.readUInt32BE(1)
    if (length < 4 || length > this.#limit) throw new ProtocolError('length')
    const raw = await this.#bytes.take(length + 1)
    return { type: String.fromCharCode(raw[0]!), body: raw.subarray(5), raw }
  }

  /** @throws ProtocolError */
  async byte(): Promise<number> {
    return (await this.#bytes.take(1))[0]!
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    return this.#bytes.detach()
  }
}
