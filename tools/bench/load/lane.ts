import type { TLSSocket } from 'node:tls'
import { pattern } from '../wire/contents.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { type ExchangeForm, numberMark, requestHead } from './exchange-form.ts'
import { openConnection } from './open-connection.ts'
import type { Route } from './route.ts'

let numbers = 0

function nextNumber(): string {
  numbers += 1
  return String(numbers).padStart(numberMark.length, '0')
}

/** One connection of a client that sends a request when the answer to the one before is complete. */
export class Lane {
  readonly #form: ExchangeForm
  readonly #socket: TLSSocket
  readonly #head: Buffer
  /** Where the number of the request stands in it; below 0 where it has none. */
  readonly #numberAt: number
  #offset = 0
  #problem: string | undefined
  #closes = false
  #settle: ((error: Error | undefined) => void) | undefined

  /** @param watch gets the connection before anything was read from it */
  static async open(
    form: ExchangeForm,
    route: Route,
    session?: Buffer,
    watch?: (socket: TLSSocket) => void,
  ): Promise<Lane> {
    const target = route.targets[form.service]
    const socket = await openConnection(route, target, session === undefined ? {} : { session })
    watch?.(socket)
    return new Lane(form, socket, Buffer.from(requestHead(form, target, route), 'latin1'))
  }

  private constructor(form: ExchangeForm, socket: TLSSocket, head: Buffer) {
    this.#form = form
    this.#socket = socket
    this.#head = head
    this.#numberAt = form.path.includes(numberMark) ? head.indexOf(numberMark) : -1
    const reader = new MessageReader({
      head: (text) => this.#onHead(text),
      body: (piece) => this.#onBody(piece),
      end: () => this.#onEnd(),
    })
    socket.on('data', (bytes: Buffer) => {
      try {
        reader.push(bytes)
      } catch (error) {
        this.#finish(error as Error)
      }
    })
    socket.on('error', (error) => this.#finish(error))
    socket.on('close', () => this.#finish(new Error('the connection was closed in the middle of an exchange')))
  }

  /** Whether another request may be sent. */
  get isOpen(): boolean {
    return !this.#closes && !this.#socket.destroyed && this.#socket.readable
  }

  /** Bytes of bodies in one exchange. */
  get exchangeBytes(): number {
    return this.#form.upload + this.#form.download
  }

  /** Sends a request, and resolves when its answer was right. */
  exchange(): Promise<void> {
    return new Promise((resolve, reject) => this.send((error) => (error === undefined ? resolve() : reject(error))))
  }

  /** Sends a request. `done` is called once, with what was wrong with the answer if anything was. */
  send(done: (error: Error | undefined) => void): void {
    this.#settle = done
    this.#offset = 0
    this.#problem = undefined
    if (this.#numberAt >= 0) this.#head.write(nextNumber(), this.#numberAt, 'latin1')
    this.#socket.write(this.#head)
    if (this.#form.upload > 0) this.#upload(0)
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #upload(from: number): void {
    let at = from
    while (at < this.#form.upload && !this.#socket.destroyed) {
      const start = at % pattern.length
      const length = Math.min(65_536, this.#form.upload - at, pattern.length - start)
      at += length
      if (this.#socket.write(pattern.subarray(start, start + length))) continue
      this.#socket.once('drain', () => this.#upload(at))
      return
    }
  }

  #onHead(head: string): void {
    if (!head.startsWith('HTTP/1.1 200')) this.#problem = `an answer began with ${head.slice(0, 200)}`
    this.#closes = /\r\nconnection:[ \t]*close/i.test(head)
  }

  #onBody(piece: Buffer): void {
    if (this.#problem === undefined && !this.#form.isRight(piece, this.#offset)) {
      this.#problem = `the body of an answer is wrong after byte ${this.#offset}`
    }
    this.#offset += piece.length
  }

  #onEnd(): void {
    if (this.#problem === undefined && this.#offset !== this.#form.download) {
      this.#problem = `the body of an answer has ${this.#offset} bytes`
    }
    this.#finish(this.#problem === undefined ? undefined : new Error(this.#problem))
  }

  #finish(error: Error | undefined): void {
    const settle = this.#settle
    this.#settle = undefined
    if (error !== undefined) this.#socket.destroy()
    settle?.(error)
  }
}
