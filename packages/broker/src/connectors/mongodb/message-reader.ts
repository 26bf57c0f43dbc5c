import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'
import { SocketBytes } from '../socket-bytes.ts'
import { sizes } from './wire.ts'

/** Reads messages from a socket while two sides log in, and hands over what it has not used. */
export class MessageReader {
  readonly #bytes: SocketBytes
  readonly #limit: number

  /** @param limit longest message, in bytes */
  constructor(socket: Socket, limit: number) {
    this.#bytes = new SocketBytes(socket, limit)
    this.#limit = limit
  }

  /** Waits for the first bytes of what comes next, and leaves them there. @throws ProtocolError */
  async begun(count: number): Promise<Buffer> {
    await this.#bytes.need(count)
    return this.#bytes.pending.subarray(0, count)
  }

  /** One message as it came. @throws ProtocolError */
  async message(): Promise<Buffer> {
    await this.#bytes.need(sizes.head)
    const length = this.#bytes.pending.readInt32LE(0)
    if (length < sizes.head || length > this.#limit) throw new ProtocolError('length')
    return this.#bytes.take(length)
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    return this.#bytes.detach()
  }
}
