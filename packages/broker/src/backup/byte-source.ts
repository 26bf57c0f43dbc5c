const lineFeed = 0x0a

/** Reads lines and counted bytes from chunks, wherever those are cut. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next line with its line feed; undefined when there is none within `maxBytes`. */
  async line(maxBytes: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(lineFeed)
      if (end >= 0 && end < maxBytes) return this.#shift(end + 1)
      if (end >= 0 || this.#rest.length >= maxBytes || !(await this.#more())) return undefined
    }
  }

  /** The next `count` bytes, fewer when the source ends before. */
  async *take(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) return
      const chunk = this.#shift(Math.min(left, this.#rest.length))
      left -= chunk.length
      yield chunk
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#more())
  }

  #shift(count: number): Uint8Array {
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return taken
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next()
      if (done) return false
      if (value.length === 0) continue
      this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value])
      return true
    }
  }
}
