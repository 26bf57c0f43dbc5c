import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { ProtocolError } from '../protocol-error.ts'

const [lineFeed, carriageReturn, tab, deleted] = [10, 13, 9, 127]

/** Takes bytes of a message as they come. @returns how many belong to it, once it is whole; -1 before */
export type TakeBytes = (chunk: Buffer) => number

/** Reads lines from a socket, and messages between them, no faster than they are looked at. */
export class LineReader {
  readonly #socket: Socket
  readonly #limit: number
  #pending: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #feed: ((chunk: Buffer) => void) | undefined
  #fail: ((error: unknown) => void) | undefined
  #isOver = false
  #broken: Error | undefined
  readonly #heard = (chunk: Buffer): void => {
    if (this.#feed !== undefined) {
      this.#feed(chunk)
      return
    }
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    // SECURITY: nobody is read from faster than is looked at.
    if (this.#pending.length > this.#limit) this.#socket.pause()
    this.#wake?.()
  }
  readonly #ended = (): void => {
    this.#isOver = true
    this.#wake?.()
    this.#fail?.(new ProtocolError('closed'))
  }

  /** @param limit longest line, in bytes */
  constructor(socket: Socket, limit: number) {
    this.#socket = socket
    this.#limit = limit
    socket.on('data', this.#heard).once('end', this.#ended).once('close', this.#ended)
  }

  /** Number of bytes that came and were not used. */
  get surplus(): number {
    return this.#pending.length
  }

  /**
   * The next line, without its end. SECURITY: a line ends by CR LF and by nothing else, and has no control characters, so that
   * everybody sees the same lines.
   * @param encoding what it has to be in: anything is `latin1`
   * @throws ProtocolError
   */
  async line(encoding: 'utf8' | 'latin1' = 'utf8'): Promise<string> {
    for (let seen = 0; ; ) {
      if (this.#broken !== undefined) throw this.#broken
      const end = endOfLine(this.#pending, seen)
      if (end !== -1) {
        const bytes = this.#pending.subarray(0, end)
        this.#pending = this.#pending.subarray(end + 2)
        if (encoding === 'utf8' && !isUtf8(bytes)) throw new ProtocolError('encoding')
        return bytes.toString(encoding)
      }
      if (this.#pending.length > this.#limit) throw new ProtocolError('length')
      if (this.#isOver || this.#socket.destroyed) {
        throw new ProtocolError('closed', { cause: this.#socket.errored ?? undefined })
      }
      // The last byte may be half of the end.
      seen = Math.max(0, this.#pending.length - 1)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      this.#socket.resume()
      await promise
      this.#wake = undefined
    }
  }

  /** Hands over bytes as they come, until one says that it was the last. @throws ProtocolError, and whatever `take` throws */
  message(take: TakeBytes): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const over = (): void => {
      this.#feed = undefined
      this.#fail = undefined
    }
    this.#fail = (error) => {
      over()
      reject(error)
    }
    this.#feed = (chunk) => {
      try {
        const taken = take(chunk)
        if (taken === -1) return
        over()
        this.#pending = chunk.subarray(taken)
        if (this.#pending.length > this.#limit) this.#socket.pause()
        resolve()
      } catch (error) {
        this.#fail?.(error)
      }
    }
    this.#socket.resume()
    const first = this.#pending
    this.#pending = Buffer.alloc(0)
    if (first.length > 0) this.#feed(first)
    if (this.#broken !== undefined || this.#isOver || this.#socket.destroyed) {
      this.#fail?.(this.#broken ?? new ProtocolError('closed'))
    }
    return promise
  }

  /** Makes whoever waits for this side, and whoever will, fail. */
  breakOff(error: Error): void {
    this.#broken = error
    this.#wake?.()
    this.#fail?.(error)
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

/** Where the first line ends; -1 while it has not. @throws ProtocolError */
function endOfLine(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (byte >= 32 ? byte !== deleted : byte === tab) continue
    if (byte !== carriageReturn) throw new ProtocolError(byte === lineFeed ? 'line ending' : 'control character')
    if (at + 1 === bytes.length) return -1
    if (bytes[at + 1] !== lineFeed) throw new ProtocolError('line ending')
    return at
  }
  return -1
}
