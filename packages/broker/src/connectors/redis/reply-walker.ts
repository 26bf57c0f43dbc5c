/** What a line of a reply begins with, in RESP2 and RESP3, where bytes follow that it counts. */
const counting = marksOf('$=!')
/** What other lines begin with. */
const plain = marksOf('+-:*_#,(~%|>')
const minus = 0x2d
const lineEnd = '\r\n'
/** Longest line of a reply, in bytes; values have none. */
const maxLineBytes = 65_536
const countForm = /^(?:-1|0|[1-9][0-9]{0,9})$/
/** How a node of a cluster says where a key is, with the address of another node behind it. */
const redirection = /^-(?:MOVED|ASK) ([0-9]{1,5})(?: |$)/
const nothing: Buffer = Buffer.alloc(0)

/**
 * Walks over the replies of a service from line to line, and takes addresses out of redirections. Values are passed on as they come.
 * SECURITY: what could be read as another reply ends the walk, so that no address is passed on as a part of a value.
 */
export class ReplyWalker {
  /** Bytes of the present value that are still to come, with its end. */
  #skip = 0
  /** The beginning of a line that has come in parts. */
  #held = nothing

  /** What of a chunk goes on. Undefined when it is no reply, and both sides have to be closed. */
  pass(chunk: Buffer): Buffer | undefined {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const { length } = bytes
    const passed: Buffer[] = []
    let from = 0
    let at = Math.min(this.#skip, length)
    this.#skip -= at
    this.#held = nothing
    while (at < length) {
      const end = bytes.indexOf(lineEnd, at)
      if ((end === -1 ? length : end) - at > maxLineBytes) return undefined
      if (end === -1) {
        // What is held outlives the chunk.
        this.#held = Buffer.from(bytes.subarray(at))
        break
      }
      const mark = bytes[at]!
      if (mark === minus) {
        const instead = errorInstead(bytes.toString('latin1', at, end))
        if (instead !== undefined) {
          passed.push(bytes.subarray(from, at), instead)
          from = end
        }
      }
      let next = end + lineEnd.length
      if (counting.has(mark)) {
        const count = bytes.toString('latin1', at + 1, end)
        if (!countForm.test(count)) return undefined
        const rest = count === '-1' ? 0 : Number(count) + lineEnd.length
        this.#skip = Math.max(0, next + rest - length)
        next += rest
      } else if (!plain.has(mark)) return undefined
      at = next
    }
    const last = bytes.subarray(from, Math.min(at, length))
    return passed.length === 0 ? last : Buffer.concat([...passed, last])
  }
}

function errorInstead(line: string): Buffer | undefined {
  const slot = redirection.exec(line)?.[1]
  if (slot === undefined) return undefined
  return Buffer.from(
    `-ERR coatcheck: the key is on another node of the cluster (slot ${slot}), where this grant does not lead`,
  )
}

function marksOf(text: string): ReadonlySet<number> {
  return new Set(Buffer.from(text))
}
