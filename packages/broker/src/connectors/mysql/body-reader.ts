import { ProtocolError } from '../protocol-error.ts'

/** Reads the fields of one packet, in their order. */
export class BodyReader {
  readonly #body: Buffer
  #at: number

  constructor(body: Buffer, at = 0) {
    this.#body = body
    this.#at = at
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#at >= this.#body.length
  }

  /** @throws ProtocolError */
  number(bytes: 1 | 2 | 3 | 4): number {
    return this.bytes(bytes).readUIntLE(0, bytes)
  }

  /** @throws ProtocolError */
  bytes(count: number): Buffer {
    const end = this.#at + count
    if (end > this.#body.length) throw new ProtocolError('field')
    const taken = this.#body.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Bytes up to a zero, or up to the end. */
  terminated(): Buffer {
    const zero = this.#body.indexOf(0, this.#at)
    const end = zero === -1 ? this.#body.length : zero
    const taken = this.#body.subarray(this.#at, end)
    this.#at = end + 1
    return taken
  }

  /** A number that says itself how long it is. @throws ProtocolError */
  sized(): number {
    const first = this.number(1)
    if (first < 0xfb) return first
    if (first === 0xfc) return this.number(2)
    if (first === 0xfd) return this.number(3)
    if (first !== 0xfe) throw new ProtocolError('field')
    const value = this.bytes(8).readBigUInt64LE(0)
    return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(value)
  }

  /** Bytes behind their number. @throws ProtocolError */
  sizedBytes(): Buffer {
    return this.bytes(this.sized())
  }

  /** All that is left. */
  rest(): Buffer {
    return this.#body.subarray(this.#at)
  }
}

/** Bytes behind their number. */
export function sizedBytes(bytes: Buffer): Buffer {
  if (bytes.length < 0xfb) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const head = Buffer.alloc(bytes.length <= 0xffff ? 3 : 4)
  head[0] = bytes.length <= 0xffff ? 0xfc : 0xfd
  head.writeUIntLE(bytes.length, 1, head.length - 1)
  return Buffer.concat([head, bytes])
}

/** A text and the zero that ends it. */
export function terminated(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(1)])
}
