import type { Socket } from 'node:net'

/** A side said what is not the protocol, or nothing any more. */
export class ProtocolError extends Error {}

/** Collects what a side says until it can be read. */
export class PendingBytes {
  readonly #socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #isOver = false
  readonly #heard = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    this.#socket.pause()
    this.#wake?.()
  }
  readonly #ended = (): void => {
    this.#isOver = true
    this.#wake?.()
  }

  constructor(socket: Socket, bytes: Buffer = Buffer.alloc(0)) {
    this.#socket = socket
    this.#bytes = bytes
    socket.pause()
    socket.on('data', this.#heard).once('end', this.#ended).once('close', this.#ended)
    socket.pause()
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** Forgets what was read of the beginning. */
  drop(count: number): void {
    this.#bytes = this.#bytes.subarray(count)
  }

  /** Waits for more. @throws ProtocolError when the side is gone, or as much is here already as may be */
  async more(limit: number): Promise<void> {
    if (this.#bytes.length >= limit) throw new ProtocolError('length')
    if (this.#isOver || this.#socket.destroyed) throw new ProtocolError('closed')
    const { promise, resolve } = Promise.withResolvers<void>()
    const known = this.#bytes.length
    this.#wake = resolve
    this.#socket.resume()
    await promise
    this.#wake = undefined
    if (this.#isOver && this.#bytes.length === known) throw new ProtocolError('closed')
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    this.#socket.off('data', this.#heard).off('end', this.#ended).off('close', this.#ended)
    this.#socket.pause()
    const rest = this.#bytes
    this.#bytes = Buffer.alloc(0)
    return rest
  }
}
