import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'
import { SocketBytes } from '../socket-bytes.ts'

const headBytes = 4

/**
 * One side of a login: reads its packets, and answers with the number that comes next. Numbers are checked, so that nothing that was
 * left over from before is taken for an answer.
 */
export class PacketLink {
  readonly socket: Socket
  readonly #bytes: SocketBytes
  readonly #limit: number
  #sequence: number

  /**
   * @param limit longest packet, in bytes
   * @param sequence number of the first packet, whoever sends it
   */
  constructor(socket: Socket, limit: number, sequence = 0) {
    this.socket = socket
    this.#bytes = new SocketBytes(socket, limit)
    this.#limit = limit
    this.#sequence = sequence
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
    await this.#bytes.need(headBytes)
    const length = this.#bytes.pending.readUIntLE(0, 3)
    if (length > this.#limit) throw new ProtocolError('length')
    if (this.#bytes.pending[3] !== this.#sequence) throw new ProtocolError('sequence')
    const whole = await this.#bytes.take(headBytes + length)
    this.#advance()
    return whole.subarray(headBytes)
  }

  write(...parts: readonly Buffer[]): void {
    this.socket.write(packet(this.#sequence, ...parts))
    this.#advance()
  }

  /** Stops reading. @returns what came and was not used */
  detach(): Buffer {
    return this.#bytes.detach()
  }

  #advance(): void {
    this.#sequence = (this.#sequence + 1) & 0xff
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
