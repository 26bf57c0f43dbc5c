import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A reply, as far as tests look at one. Errors are texts with their minus sign. */
export type Reply = string | number | null | readonly Reply[]

/** A request of these words. */
export function command(...words: readonly (string | number | Buffer)[]): Buffer {
  const parts = words.map((word) => (Buffer.isBuffer(word) ? word : Buffer.from(String(word))))
  const bodies = parts.map((part) => Buffer.concat([Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]))
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...bodies])
}

/** A client that says what a test wants, byte by byte where it wants that, and keeps everything that it hears. */
export class RedisClient {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  #unread: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #isOver = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#unread = Buffer.concat([this.#unread, chunk])
      this.#wake?.()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#isOver = true
      this.#wake?.()
    })
  }

  static async connect(host: string, port: number): Promise<RedisClient> {
    const socket = connect({ host, port, noDelay: true })
    await once(socket, 'connect')
    return new RedisClient(socket)
  }

  /** Every byte that came. */
  get heard(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** Sends one request, and gives its reply. */
  async call(...words: readonly (string | number | Buffer)[]): Promise<Reply> {
    this.socket.write(command(...words))
    return this.reply()
  }

  /** The next replies. */
  async replies(count: number): Promise<readonly Reply[]> {
    const all: Reply[] = []
    while (all.length < count) all.push(await this.reply())
    return all
  }

  /** The next reply. @throws when the connection ends before it */
  async reply(): Promise<Reply> {
    const line = await this.#line()
    const rest = line.slice(1)
    if (line[0] === '+') return rest
    if (line[0] === '-') return line
    if (line[0] === ':') return Number(rest)
    if (line[0] === '_') return null
    if (line[0] === '$' || line[0] === '=') {
      if (rest === '-1') return null
      const text = (await this.#bytes(Number(rest) + 2)).subarray(0, -2)
      return text.toString('latin1')
    }
    if (!'*%~>'.includes(line[0]!)) throw new Error(`not a reply: ${line}`)
    return rest === '-1' ? null : this.replies(Number(rest) * (line[0] === '%' ? 2 : 1))
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    while (!this.#isOver) await this.#more().catch(() => {})
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\r\n')
      if (end !== -1) return (await this.#bytes(end + 2)).toString('latin1', 0, end)
      await this.#more()
    }
  }

  async #bytes(count: number): Promise<Buffer> {
    while (this.#unread.length < count) await this.#more()
    const taken = this.#unread.subarray(0, count)
    this.#unread = this.#unread.subarray(count)
    return taken
  }

  async #more(): Promise<void> {
    if (this.#isOver) throw new Error('the connection is closed')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}
