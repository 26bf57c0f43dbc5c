import { maxControlBytes, opcodes } from './frame.ts'

/** Longest head of a frame, in bytes. */
const maxHeadBytes = 14

/**
 * Follows the frames of a service as far as to know where one ends, and with which code it closes. Judges nothing: a service may
 * say to its client what it likes.
 */
export class FrameTracker {
  #head = Buffer.alloc(0)
  #left = 0
  #close: Buffer | undefined
  #closeLeft = 0

  /** Whatever is written behind these bytes begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#head.length === 0
  }

  /** The code of the service's close frame; 1005 where it has none (RFC 6455 §7.1.5). Undefined before it closes. */
  get closeCode(): number | undefined {
    if (this.#close === undefined || this.#closeLeft > 0) return undefined
    return this.#close.length < 2 ? 1005 : this.#close.readUInt16BE(0)
  }

  write(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) at = this.#skip(chunk, at)
      else at = this.#readHead(chunk, at)
    }
  }

  #skip(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left)
    if (this.#closeLeft > 0) {
      this.#close = Buffer.concat([this.#close!, chunk.subarray(at, end)])
      this.#closeLeft -= end - at
    }
    this.#left -= end - at
    return end
  }

  #readHead(chunk: Buffer, at: number): number {
    const before = this.#head.length
    const head = Buffer.concat([this.#head, chunk.subarray(at, at + maxHeadBytes - before)])
    const needed = headLength(head)
    if (needed === undefined || head.length < needed) {
      this.#head = head
      return chunk.length
    }
    this.#head = Buffer.alloc(0)
    this.#left = payloadLength(head)
    const isClose = (head[0]! & 0x0f) === opcodes.close && this.#left <= maxControlBytes
    if (isClose && (head[1]! & 0x80) === 0 && this.#close === undefined) {
      this.#close = Buffer.alloc(0)
      this.#closeLeft = this.#left
    }
    return at + needed - before
  }
}

function headLength(head: Buffer): number | undefined {
  const second = head[1]
  if (second === undefined) return undefined
  const short = second & 0x7f
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4)
}

function payloadLength(head: Buffer): number {
  const short = head[1]! & 0x7f
  if (short === 126) return head.readUInt16BE(2)
  return short === 127 ? Number(head.readBigUInt64BE(2)) : short
}
