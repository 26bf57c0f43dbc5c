import type { KeySearch } from './key-search.ts'
import type { Fit } from './scrubbed-value.ts'
import type { Look, ValueSearch } from './value-search.ts'

const noBytes = Buffer.alloc(0)

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
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const look = this.#look(bytes, false)
    // A copy: whoever sent the chunk may write into its memory again.
    this.#held = look.safeEnd === bytes.length ? noBytes : Buffer.from(bytes.subarray(look.safeEnd))
    return this.#replaced(bytes, look)
  }

  /** What is held back: a message, an event or the body ends here. More may come behind it. */
  flush(): Buffer {
    const bytes = this.#held
    if (bytes.length === 0) return bytes
    this.#held = noBytes
    return this.#replaced(bytes, this.#look(bytes, true))
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
