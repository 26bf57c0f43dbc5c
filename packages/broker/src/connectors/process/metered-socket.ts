import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { ByteBudget } from '../../caps/byte-budget.ts'
import { passOn } from '../../caps/metered-flow.ts'

/**
 * A connection to a service that carries as much as a budget has room for, both ways, as it travels: with what TLS puts around it. It
 * is destroyed with what refuses more. Of a socket it has what connectors use of one.
 */
export class MeteredSocket extends Duplex {
  readonly #inner: Socket
  readonly #budget: ByteBudget

  /** @param inner nothing was read from it */
  constructor(inner: Socket, budget: ByteBudget) {
    // As sockets are, unless somebody says otherwise.
    super({ allowHalfOpen: false })
    this.#inner = inner
    this.#budget = budget
    inner.allowHalfOpen = true
    inner.pause()
    inner
      .on('data', (chunk: Buffer) => this.#arrived(chunk))
      .once('end', () => this.push(null))
      .once('error', (error) => this.destroy(error))
      .once('close', () => {
        // What arrived before may still be read.
        if (!inner.readableEnded) this.destroy()
      })
    inner.pause()
  }

  /** As of a socket. */
  setNoDelay(isWanted?: boolean): this {
    this.#inner.setNoDelay(isWanted)
    return this
  }

  override _read(): void {
    this.#inner.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    let hasRoom = true
    const written = passOn(chunk, this.#budget, (piece) => {
      hasRoom = this.#inner.write(piece)
    })
    written.then(() => (hasRoom ? done() : void this.#inner.once('drain', done)), done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy()
    done(error)
  }

  #arrived(chunk: Buffer): void {
    this.#inner.pause()
    let isWanted = true
    const read = passOn(chunk, this.#budget, (piece) => {
      isWanted = this.push(piece)
    })
    read.then(
      () => {
        if (isWanted) this.#inner.resume()
      },
      (error: Error) => this.destroy(error),
    )
  }
}
