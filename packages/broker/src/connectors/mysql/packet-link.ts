import type { Socket } from 'node:net'

/** A side broke the protocol, or went away; what it said is repeated nowhere. */
export class ProtocolError extends Error {}

const headBytes = 4

/**
 * One side of a login: reads its packets, and answers with the number that comes next. Numbers are checked, so that nothing that was
 * left over from before is taken for an answer.
 */
export class PacketLink {
  readonly socket: Socket
  readonly #limit: number
  #pending: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #isOver = false
  #sequence: number
  readonly #heard = (chunk: Buffer): void => {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    // SECURITY: nobody is read from faster than is looked at.
    if (this.#pending.length > this.#limit) this.socket.pause()
    this.#wake?.()
  }
  readonly #ended = (): void => {
    this.#isOver = true
    this.#wake?.()
  }

  /**
   * @param limit longest packet, in bytes
   * @param sequence number of the first packet, whoever sends it
   */
  constructor(socket: Socket, limit: number, sequence = 0) {
    this.socket = socket
    this.#limit = limit
    this.#sequence = sequence
    socket.on('data', this.#heard).once('end', this.#ended).once('close', this.#ended)
  }

  /** Number of the next packet, whoever sends it. */
  get sequence(): number {
    return this.#sequence
  }

  /** What comes next is a new command. */
  restart(): void {
    this.#sequence = 0
  }

  /** The body of the next packet. @throws ProtocolError */
  async read(): Promise<Buffer> {
    await this.#need(headBytes)
    const length = this.#pending.readUIntLE(0, 3)
    if (length > this.#limit) throw new ProtocolError('length')
    if (this.#pending[3] !== this.#sequence) throw new ProtocolError('sequence')
    await this.#need(headBytes + length)
    const body = this.#pending.subarray(headBytes, headBytes + length)
    this.#pending = this.#pending.subarray(headBytes + length)
    this.#advance()
    return body
  }

  write(...parts: readonly Buffer[]): void {
    this.socket.write(packet(this.#sequence, ...parts))
    this.#advance()
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    this.socket.off('data', this.#heard).off('end', this.#ended).off('close', this.#ended)
    this.socket.pause()
    const rest = this.#pending
    this.#pending = Buffer.alloc(0)
    return rest
  }

  #advance(): void {
    this.#sequence = (this.#sequence + 1) & 0xff
  }

  async #need(count: number): Promise<void> {
    while (this.#pending.length < count) {
      if (this.#isOver || this.socket.destroyed) throw new ProtocolError('closed')
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      this.socket.resume()
      await promise
      this.#wake = undefined
    }
  }
}

/** One packet of less than 16 MiB. */
export function packet(sequence: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUIntLE(
    parts.reduce((sum, { length }) => sum + length, 0),
    0,
    3,
  )
  head[3] = sequence
  return Buffer.concat([head, ...parts])
}
