import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client that says what a test wants, byte by byte where it wants that, and keeps everything that it hears. */
export class ByteClient {
  readonly socket: Socket
  #heard: Buffer[] = []
  #length = 0
  #read = 0
  #wake: (() => void) | undefined
  #isOver = false

  protected constructor(socket: Socket) {
    this.socket = socket
    const wake = (): void => this.#wake?.()
    socket.on('data', (chunk: Buffer) => {
      this.#heard.push(chunk)
      this.#length += chunk.length
      wake()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#isOver = true
      wake()
    })
  }

  /** Opens a connection, on which nothing is said. */
  protected static async dial(host: string, port: number): Promise<Socket> {
    const socket = connect({ host, port, noDelay: true })
    await once(socket, 'connect')
    return socket
  }

  /** Every byte that came. */
  get heard(): Buffer {
    if (this.#heard.length !== 1) this.#heard = [Buffer.concat(this.#heard)]
    return this.#heard[0]!
  }

  /** The next bytes, as they are. @throws Error when the connection is closed before */
  async bytes(count: number): Promise<Buffer> {
    while (this.#length - this.#read < count) await this.#more()
    this.#read += count
    return this.heard.subarray(this.#read - count, this.#read)
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    while (!this.#isOver) await this.#more().catch(() => {})
  }

  async #more(): Promise<void> {
    if (this.#isOver) throw new Error('the connection is closed')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}
