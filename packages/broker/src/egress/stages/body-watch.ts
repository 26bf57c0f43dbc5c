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
  // Absent while no escape was undone since the bytes that `plain` has kept: both would look at the same.
  let unescaped: StreamSearch<PlaceholderSighting> | undefined
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
      // SECURITY: the same memory. What began in the chunk before and was undone here may well be as long, at an equal offset.
      const isSame =
        decoded.buffer === bytes.buffer && decoded.byteOffset === bytes.byteOffset && decoded.length === bytes.length
      if (isSame && unescaped === undefined) {
        found = plain.write(bytes)[0]
        return found !== undefined
      }
      unescaped ??= plain.fork()
      // Where nothing was escaped, only what stands across the cut can be new.
      found = plain.write(bytes)[0] ?? (isSame ? unescaped.writeKnown(bytes) : unescaped.write(decoded))[0]
      if (isSame && bytes.length >= search.longest) unescaped = undefined
      return found !== undefined
    },
  }
}
