import type { StreamScrub } from './stream-scrub.ts'

const headBytes = 5
const compressedFlag = 1

/** Replaces values in a body of messages behind a flag and a length, and holds nothing back when one is complete. */
export class FramedScrub {
  readonly #scrub: StreamScrub
  #head = Buffer.alloc(0)
  /** Bytes of the message that have not come yet. */
  #left = 0
  /** A message was compressed, and so not looked into. */
  sawCompressed = false

  constructor(scrub: StreamScrub) {
    this.#scrub = scrub
  }

  write(chunk: Buffer): Buffer {
    const out: Buffer[] = []
    let from = 0
    for (let at = 0; at < chunk.length; ) {
      at = this.#left > 0 ? this.#skip(chunk, at) : this.#readHead(chunk, at)
      if (this.#left > 0 || this.#head.length > 0) continue
      out.push(this.#scrub.write(chunk.subarray(from, at)), this.#scrub.flush())
      from = at
    }
    if (from < chunk.length) out.push(this.#scrub.write(from === 0 ? chunk : chunk.subarray(from)))
    return out.length === 1 ? out[0]! : Buffer.concat(out)
  }

  flush(): Buffer {
    return this.#scrub.flush()
  }

  #skip(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left)
    this.#left -= end - at
    return end
  }

  #readHead(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + headBytes - this.#head.length)
    const head = Buffer.concat([this.#head, chunk.subarray(at, end)])
    if (head.length < headBytes) {
      this.#head = head
      return end
    }
    this.#head = Buffer.alloc(0)
    this.#left = head.readUInt32BE(1)
    if ((head[0]! & compressedFlag) !== 0 && this.#left > 0) this.sawCompressed = true
    return end
  }
}
