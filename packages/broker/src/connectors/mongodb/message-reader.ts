import type { Socket } from 'node:net'
import { sizes } from './wire.ts'

/** A side broke the protocol, or went away; what it said is repeated nowhere. */
export class ProtocolError extends Error {}

/** Reads messages from a socket while two sides log in, and hands over what it has not used. */
export class MessageReader {
  readonly #socket: Socket
  readonly #limit: number
  #pending: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #isOver = false
  readonly #heard = (chunk: Buffer): void => {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    // SECURITY: nobody is read from faster than is looked at.
    if (this.#pending.length > this.#limit) this.#socket.pause()
    this.#wake?.()
  }
  readonly #ended = (): void => {
    this.#isOver = true
    this.#wake?.()
  }

  /** @param limit longest message, in bytes */
  constructor(socket: Socket, limit: number) {
    this.#socket = socket
    this.#limit = limit
    socket.on('data', this.#heard).once('end', this.#ended).once('close', this.#ended)
  }

  /** Waits for the first bytes of what comes next, and leaves them there. @throws ProtocolError */
  async begun(count: number): Promise<Buffer> {
    await this.#need(count)
    return this.#pending.subarray(0, count)
  }

  /** One message as it came. @throws ProtocolError */
  async message(): Promise<Buffer> {
    await this.#need(sizes.head)
    const length = this.#pending.readInt32LE(0)
    if (length < sizes.head || length > this.#limit) throw new ProtocolError('length')
    await this.#need(length)
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return taken
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    this.#socket.off('data', this.#heard).off('end', this.#ended).off('close', this.#ended)
    this.#socket.pause()
    const rest = this.#pending
    this.#pending = Buffer.alloc(0)
    return rest
  }

  async #need(count: number): Promise<void> {
    while (this.#pending.length < count) {
      if (this.#isOver || this.#socket.destroyed) throw new ProtocolError('closed')
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      this.#socket.resume()
      await promise
      this.#wake = undefined
    }
  }
}
