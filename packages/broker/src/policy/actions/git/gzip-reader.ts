import { constants, inflateRawSync } from 'node:zlib'
import type { ActionReader, ActionVerdict } from '../action-kind.ts'
import { unreadableRequest } from '../unreadable-request.ts'

/** A head without any of the optional parts, which is what clients write. */
const headBytes = 10
const trailerBytes = 8
/** Compressed bytes that are unpacked first; from there on, twice as many each time. */
const firstLook = 512
/** Longest text that is unpacked, in bytes. */
const maxUnpacked = 1024 * 1024

/** What has been unpacked of a body. */
interface Unpacked {
  readonly content: Buffer
  /** Where it ended among the compressed bytes; undefined where it goes on. */
  readonly end: number | undefined
}

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
    return 'more'
  }

  end(): ActionVerdict {
    const verdict = this.#look(this.#bytes.length)
    if (verdict !== 'more') return verdict
    if (!this.#isComplete || this.#seen < this.#bytes.length) throw unreadableRequest('its compression has no end')
    return this.#reader.end()
  }

  #look(length: number): 'more' | ActionVerdict {
    if (length < headBytes) return 'more'
    const { content, end } = unpack(this.#bytes.subarray(0, length))
    this.#seen = length
    const added = content.subarray(this.#judged)
    this.#judged = content.length
    const verdict = added.length === 0 ? 'more' : this.#reader.feed(added)
    if (verdict !== 'more') return verdict
    this.#isComplete = end !== undefined && this.#bytes.length === end + trailerBytes
    // SECURITY: some services read on in what follows the end, and others do not.
    if (end !== undefined && this.#bytes.length > end + trailerBytes)
      throw unreadableRequest('its compression ends before it does')
    return 'more'
  }
}

function unpack(bytes: Buffer): Unpacked {
  // SECURITY: parts that are optional are read in more ways than one by services that are not careful.
  if (bytes.readUInt32BE(0) !== 0x1f8b0800) throw unreadableRequest('its compression is not plain gzip')
  const data = bytes.subarray(headBytes)
  try {
    const { buffer, engine } = inflateRawSync(data, {
      info: true,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxUnpacked,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
    const isOver = engine.bytesWritten < data.length
    return { content: buffer, end: isOver ? headBytes + engine.bytesWritten : undefined }
  } catch {
    throw unreadableRequest('it cannot be unpacked, or not in so little room')
  }
}
