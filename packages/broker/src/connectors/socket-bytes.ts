import type { Socket } from 'node:net'
import { ProtocolError } from './protocol-error.ts'

/** Bytes that come from a socket while two sides log in; what is not used is handed over. */
export class SocketBytes {
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

  /** @param limit how many bytes may come before anybody waits for them; it is read on where somebody does */
  constructor(socket: Socket, limit: number) {
    this.#socket = socket
    this.#limit = limit
    socket.on('data', this.#heard).once('end', this.#ended).once('close', this.#ended)
  }

  /** What came and was not used. */
  get pending(): Buffer {
    return this.#pending
  }

  /** Forgets what was used of the beginning. */
  drop(count: number): void {
    this.#pending = this.#pending.subarray(count)
  }

  /** Waits until so many bytes are there. @throws ProtocolError */
  async need(count: number): Promise<void> {
    while (this.#pending.length < count) await this.more()
  }

  /** The next bytes, once they are there. @throws ProtocolError */
  async take(count: number): Promise<Buffer> {
    await this.need(count)
    const taken = this.#pending.subarray(0, count)
    this.drop(count)
    return taken
  }

  /** Waits for more than there is. @throws ProtocolError when the side is gone */
  async more(): Promise<void> {
    if (this.#isOver || this.#socket.destroyed)
      throw new ProtocolError('closed', { cause: this.#socket.errored ?? undefined })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    this.#socket.resume()
    await promise
    this.#wake = undefined
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    this.#socket.off('data', this.#heard).off('end', this.#ended).off('close', this.#ended)
    this.#socket.pause()
    const rest = this.#pending
    this.#pending = Buffer.alloc(0)
    return rest
  }
}
