import type { KeySearch } from './key-search.ts'
import type { Fit } from './scrubbed-value.ts'
import type { Look, ValueSearch } from './value-search.ts'

const noBytes = Buffer.alloc(0)
/** Chunks from this many bytes on are bulk. */
const bulkBytes = 4_096

/** Replaces values in bytes that come in chunks, wherever these are cut. Holds back no more than the end of a run. */
export class StreamScrub {
  /** Values that were replaced so far. */
  hits = 0
  /** Keys that nobody knew before, and that were replaced so far. */
  newKeys = 0
  readonly #search: ValueSearch
  readonly #fit: Fit
  readonly #keys: KeySearch | undefined
  #held: Buffer = noBytes
  /** Memory that what is held was copied from, and where it ends there. */
  #source: ArrayBufferLike | undefined
  #sourceEnd = 0

  constructor(search: ValueSearch, fit: Fit, keys?: KeySearch) {
    this.#search = search
    this.#keys = keys
    this.#fit = fit
  }

  /** Bytes that are held back. */
  get heldBytes(): number {
    return this.#held.length
  }

  /** What can be sent on; the chunk itself, or a part of it, where nothing was found. */
  write(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : this.#behindHeld(chunk)
    const look = this.#look(bytes, false)
    // A copy: whoever sent the chunk may write into its memory again.
    this.#held = look.safeEnd === bytes.length ? noBytes : Buffer.from(bytes.subarray(look.safeEnd))
    // A stream that pauses must not keep what it was read into.
    this.#source = this.#held.length > 0 && bytes.length >= bulkBytes ? bytes.buffer : undefined
    this.#sourceEnd = bytes.byteOffset + bytes.length
    return this.#replaced(bytes, look)
  }

  /** What is held back: a message, an event or the body ends here. More may come behind it. */
  flush(): Buffer {
    const bytes = this.#held
    if (bytes.length === 0) return bytes
    this.#held = noBytes
    return this.#replaced(bytes, this.#look(bytes, true))
  }

  /** What is held and the chunk, as they lie where bulk was read to: one behind the other, and mostly nothing has to be copied. */
  #behindHeld(chunk: Buffer): Buffer {
    const held = this.#held
    if (chunk.buffer === this.#source && chunk.byteOffset === this.#sourceEnd) {
      const bytes = Buffer.from(this.#source, chunk.byteOffset - held.length, held.length + chunk.length)
      if (bytes.subarray(0, held.length).equals(held)) return bytes
    }
    return Buffer.concat([held, chunk])
  }

  #look(bytes: Buffer, isEnd: boolean): Look {
    const look = this.#search.look(bytes, isEnd, this.#fit)
    this.hits += look.findings.length
    if (this.#keys === undefined || look.safeEnd === 0) return look
    const extended = this.#keys.extend(bytes, look)
    this.newKeys += extended.keys
    return extended.look
  }

  #replaced(bytes: Buffer, { findings, safeEnd }: Look): Buffer {
    if (findings.length === 0) return safeEnd === bytes.length ? bytes : bytes.subarray(0, safeEnd)
    const parts: Buffer[] = []
    let at = 0
    for (const { start, end, text } of findings) {
      parts.push(bytes.subarray(at, start), text)
      at = end
    }
    parts.push(bytes.subarray(at, safeEnd))
    return Buffer.concat(parts)
  }
}
