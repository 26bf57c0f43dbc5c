import { opcodes, sizes } from './wire.ts'

const nothing = Buffer.alloc(0)

/** Walks along what a service says, from message to message, so that answers of the broker's own stand between them. */
export class AnswerStream {
  readonly #write: (bytes: Buffer) => void
  #rest = 0
  #held: Buffer = nothing
  #waiting: Buffer[] = []

  /** @param write takes answers while the service says nothing */
  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /** Puts an answer between two messages, at once or after the one that is under way. */
  insert(answer: Buffer): void {
    // What is held is only the beginning of a head, none of which went on.
    if (this.#rest === 0) this.#write(answer)
    else this.#waiting.push(answer)
  }

  /** What goes on; undefined when it is not the protocol any more. */
  pass(chunk: Buffer): Buffer | undefined {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = nothing
    const passed: Buffer[] = []
    let [at, from] = [0, 0]
    while (at < bytes.length) {
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, bytes.length - at)
        at += step
        this.#rest -= step
        if (this.#rest === 0 && this.#waiting.length > 0) {
          passed.push(bytes.subarray(from, at), ...this.#waiting)
          this.#waiting = []
          from = at
        }
        continue
      }
      if (bytes.length - at < sizes.head) break
      const length = bytes.readInt32LE(at)
      if (length <= sizes.head || bytes.readInt32LE(at + 12) !== opcodes.message) return undefined
      this.#rest = length
    }
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at))
    if (at > from) passed.push(bytes.subarray(from, at))
    return passed.length === 1 ? passed[0] : passed.length === 0 ? nothing : Buffer.concat(passed)
  }
}
