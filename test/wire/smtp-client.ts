import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A client that says what a test wants, and keeps everything that it hears. */
export class SmtpClient {
  socket: Socket
  #heard: Buffer = Buffer.alloc(0)
  #read = 0
  #wake: (() => void) | undefined
  #isOver = false

  private constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  static async connect(host: string, port: number): Promise<SmtpClient> {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new SmtpClient(socket)
  }

  /** Every byte that came. */
  get heard(): Buffer {
    return this.#heard
  }

  /** The next reply: its code, and its lines without it. @throws Error when the connection ends before */
  async reply(): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    const lines: string[] = []
    for (;;) {
      const line = await this.#line()
      lines.push(line.slice(4))
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), lines }
    }
  }

  /** Says lines, each with its end, and gives the code of the reply to each. */
  async say(...lines: readonly string[]): Promise<readonly number[]> {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''))
    const codes: number[] = []
    for (const _ of lines) codes.push((await this.reply()).code)
    return codes
  }

  /** From the greeting to the answer to a login. */
  async logIn(password: string, user = 'anybody'): Promise<number> {
    await this.reply()
    await this.say('EHLO here')
    const [code] = await this.say(`AUTH PLAIN ${plain(password, user)}`)
    return code!
  }

  /** Says a mail, and gives the code of what is said of it. */
  async mail(from: string, to: readonly string[], content: string | Buffer): Promise<number> {
    await this.say(`MAIL FROM:<${from}>`, ...to.map((each) => `RCPT TO:<${each}>`), 'DATA')
    this.socket.write(Buffer.from(content))
    this.socket.write('\r\n.\r\n')
    return (await this.reply()).code
  }

  /** Goes over to TLS. */
  async secure(ca: string, servername: string): Promise<void> {
    this.socket.removeAllListeners('data')
    const secure = connectTls({ socket: this.socket, ca, servername })
    await once(secure, 'secureConnect')
    this.socket = secure
    this.#listen(secure)
  }

  /** Resolves when the connection is closed by the other side. */
  async closed(): Promise<void> {
    while (!this.#isOver) await this.#more().catch(() => {})
    this.socket.destroy()
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#heard.indexOf('\r\n', this.#read)
      if (end !== -1) {
        const line = this.#heard.toString('utf8', this.#read, end)
        this.#read = end + 2
        return line
      }
      await this.#more()
    }
  }

  #listen(socket: Socket): void {
    const wake = (): void => this.#wake?.()
    socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk])
      wake()
    })
    socket.on('error', () => {})
    const over = (): void => {
      this.#isOver = true
      wake()
    }
    socket.once('end', over).once('close', over)
  }

  async #more(): Promise<void> {
    if (this.#isOver) throw new Error('the connection is closed')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}

/** What PLAIN sends, in Base64. */
export function plain(password: string, user = 'anybody'): string {
  return Buffer.from(`\0${user}\0${password}`).toString('base64')
}
