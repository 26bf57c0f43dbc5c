import { EscapeDecoder } from './escape-decoder.ts'
import { type PlaceholderSighting, placeholderSearch } from './placeholder-needles.ts'
import { StreamSearch } from './stream-search.ts'

/** Looks at a body while it streams, without holding it. */
export interface BodyWatch {
  /** The first placeholder that came by. */
  readonly found: PlaceholderSighting | undefined
  /** True from the chunk on with which a placeholder is complete: that chunk must not be sent. */
  write(chunk: Uint8Array): boolean
}

/**
 * Watches a request body for placeholders: as they are, in base64 and hexadecimal, and all of that percent-encoded or
 * JSON-escaped once, wherever the chunks are cut. A compressed body must be decoded first. Memory does not grow with the body.
 */
export function createBodyWatch(placeholders: readonly string[]): BodyWatch {
  const search = placeholderSearch(placeholders)
  const plain = new StreamSearch(search)
  const unescaped = new StreamSearch(search)
  const decoder = new EscapeDecoder()
  let found: PlaceholderSighting | undefined
  return {
    get found() {
      return found
    },
    write(chunk) {
      if (found !== undefined) return true
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const decoded = decoder.write(bytes)
      // Where nothing was escaped, only what stands across the cut can be new.
      const isSame = decoded.byteOffset === bytes.byteOffset && decoded.length === bytes.length
      found = plain.write(bytes)[0] ?? (isSame ? unescaped.writeKnown(bytes) : unescaped.write(decoded))[0]
      return found !== undefined
    },
  }
}
