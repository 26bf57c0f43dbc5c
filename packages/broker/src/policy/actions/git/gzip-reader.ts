import { gunzipBeginning } from '../../../foundation/gunzip-beginning.ts'
import type { ActionReader, ActionVerdict } from '../action-kind.ts'
import { unreadableRequest } from '../unreadable-request.ts'

/** Compressed bytes that are unpacked first; from there on, twice as many each time. */
const firstLook = 512
/** Judges a body that came in gzip (RFC 1952) by what stands in it, and unpacks no more than that needs. */
export class GzipReader implements ActionReader {
  readonly #reader: ActionReader
  #bytes = Buffer.alloc(0)
  /** Compressed bytes that were looked at. */
  #seen = 0
  #nextLook = firstLook
  /** Unpacked bytes that were judged. */
  #judged = 0
  #isComplete = false

  constructor(reader: ActionReader) {
    this.#reader = reader
  }

  feed(chunk: Uint8Array): 'more' | ActionVerdict {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= this.#nextLook) {
      const verdict = this.#look(this.#nextLook)
      if (verdict !== 'more') return verdict
      this.#nextLook *= 2
    }
    return this.#bytes.length > this.#seen ? this.#look(this.#bytes.length) : 'more'
  }

  end(): ActionVerdict {
    const verdict = this.#look(this.#bytes.length)
    if (verdict !== 'more') return verdict
    if (!this.#isComplete || this.#seen < this.#bytes.length) throw unreadableRequest('its compression has no end')
    return this.#reader.end()
  }

  #look(length: number): 'more' | ActionVerdict {
    const unpacked = gunzipBeginning(this.#bytes.subarray(0, length))
    if (unpacked === undefined) throw unreadableRequest('it cannot be unpacked, or not in so little room')
    const { content, end } = unpacked
    this.#seen = length
    const added = content.subarray(this.#judged)
    this.#judged = content.length
    const verdict = added.length === 0 ? 'more' : this.#reader.feed(added)
    if (verdict !== 'more') return verdict
    this.#isComplete = this.#bytes.length === end
    // SECURITY: some services read on in what follows the end, and others do not.
    if (end !== undefined && this.#bytes.length > end) throw unreadableRequest('its compression ends before it does')
    return 'more'
  }
}
