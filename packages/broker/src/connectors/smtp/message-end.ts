const [lineFeed, carriageReturn, dot] = [10, 13, 46]

/** What the bytes so far end with: the end of a line, a CR, a dot that is all of a line, and a CR behind that; or something else. */
type Tail = 'line' | 'cr' | 'dot' | 'dot-cr' | 'text'

/**
 * Finds the end of a message: a line that is a dot. SECURITY: a CR or LF alone is a line to some servers and none to others, and what
 * stands behind it would be text here and commands there (CVE-2023-51764).
 */
export class MessageEnd {
  #tail: Tail = 'line'

  /** @returns how many bytes belong to the message, its end included; -1 while that has not come, -2 for a CR or LF alone */
  find(chunk: Buffer): number {
    let tail = this.#tail
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!
      if (tail === 'cr' || tail === 'dot-cr') {
        if (byte !== lineFeed) return -2
        if (tail === 'dot-cr') return at + 1
        tail = 'line'
      } else if (byte === carriageReturn) tail = tail === 'dot' ? 'dot-cr' : 'cr'
      else if (byte === lineFeed) return -2
      else tail = byte === dot && tail === 'line' ? 'dot' : 'text'
    }
    this.#tail = tail
    return -1
  }
}
