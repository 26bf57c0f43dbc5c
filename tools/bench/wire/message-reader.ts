/** What is told about one HTTP/1.1 message as it arrives. */
export interface MessageEvents {
  /** The head, without the empty line after it. */
  head(head: string): void
  /** A piece of the body, without its framing; valid during the call only. */
  body(piece: Buffer): void
  end(): void
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers'

const emptyLine = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')
const contentLength = /\r\ncontent-length:[ \t]*(\d+)/i
const chunkedCoding = /\r\ntransfer-encoding:[ \t]*chunked/i
const maxHeadBytes = 65_536

/**
 * Reads the HTTP/1.1 messages of one direction of a connection between parties of the bench, which are well-behaved.
 * A response must have a length or be chunked; one that ends with its connection is not understood.
 */
export class MessageReader {
  readonly #events: MessageEvents
  #state: State = 'head'
  #left = 0
  #kept: Buffer | undefined

  constructor(events: MessageEvents) {
    this.#events = events
  }

  /** @throws Error when the bytes are no message */
  push(bytes: Buffer): void {
    let rest = this.#kept === undefined ? bytes : Buffer.concat([this.#kept, bytes])
    this.#kept = undefined
    while (rest.length > 0) {
      const next = this.#step(rest)
      if (next === undefined) {
        if (rest.length > maxHeadBytes) throw new Error('a head or a chunk size does not end')
        this.#kept = rest
        return
      }
      rest = next
    }
  }

  /** What is left after one step; undefined when more bytes are needed for it. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes)
      case 'length':
      case 'chunk':
        return this.#readBody(bytes)
      case 'chunk-size':
        return this.#readChunkSize(bytes)
      case 'chunk-end':
        return this.#skipLine(bytes, 'chunk-size')
      case 'trailers':
        return this.#readTrailer(bytes)
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(emptyLine)
    if (end === -1) return undefined
    const head = bytes.toString('latin1', 0, end)
    this.#events.head(head)
    const length = contentLength.exec(head)
    if (length !== null) {
      this.#left = Number(length[1])
      this.#state = 'length'
      if (this.#left === 0) this.#finish()
    } else if (chunkedCoding.test(head)) this.#state = 'chunk-size'
    else this.#finish()
    return bytes.subarray(end + 4)
  }

  #readBody(bytes: Buffer): Buffer {
    const piece = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
    this.#left -= piece.length
    this.#events.body(piece)
    if (this.#left === 0) {
      if (this.#state === 'length') this.#finish()
      else this.#state = 'chunk-end'
    }
    return bytes.subarray(piece.length)
  }

  #readChunkSize(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(lineEnd)
    if (end === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', 0, end), 16)
    if (Number.isNaN(size)) throw new Error('a chunk has no size')
    this.#left = size
    this.#state = size === 0 ? 'trailers' : 'chunk'
    return bytes.subarray(end + 2)
  }

  #readTrailer(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(lineEnd)
    if (end === -1) return undefined
    if (end === 0) this.#finish()
    return bytes.subarray(end + 2)
  }

  #skipLine(bytes: Buffer, next: State): Buffer | undefined {
    if (bytes.length < lineEnd.length) return undefined
    this.#state = next
    return bytes.subarray(lineEnd.length)
  }

  #finish(): void {
    this.#state = 'head'
    this.#events.end()
  }
}
