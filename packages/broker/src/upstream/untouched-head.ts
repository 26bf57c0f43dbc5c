import type { OnReadOpts } from 'node:net'

const endOfHead = '\r\n\r\n'

/**
 * The head of an answer, read byte by byte, so that what comes behind it is still the system's and another process can take the
 * connection over. Nothing is read after its end, or after the longest that it may be.
 */
export class UntouchedHead {
  readonly #limit: number
  readonly #read = Promise.withResolvers<string | undefined>()
  #text = ''
  #isOver = false

  /** @param limit longest head, in bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What the socket is opened with. */
  get onread(): OnReadOpts {
    return { buffer: new Uint8Array(1), callback: (_count, buffer) => this.#take(buffer[0]!) }
  }

  /** The head, without the empty line behind it; undefined where it is too long. */
  get text(): Promise<string | undefined> {
    return this.#read.promise
  }

  /** False stops the socket from reading on. */
  #take(byte: number): boolean {
    if (this.#isOver) return false
    this.#text += String.fromCharCode(byte)
    this.#isOver = this.#text.endsWith(endOfHead)
    if (this.#isOver) this.#read.resolve(this.#text.slice(0, -endOfHead.length / 2))
    else if (this.#text.length > this.#limit) {
      this.#isOver = true
      this.#read.resolve(undefined)
    }
    return !this.#isOver
  }
}
