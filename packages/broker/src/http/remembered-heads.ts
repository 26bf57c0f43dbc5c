import type { ParsedRequest } from './parse-request-head.ts'

interface Entry<Notes> {
  readonly bytes: Buffer
  readonly request: ParsedRequest
  readonly notes: Notes
}

/** What is remembered of a request head. */
export type RememberedHead<Notes> = Omit<Entry<Notes>, 'bytes'>

/** Heads that are remembered; one for each length. */
const maxHeads = 32
/** Longest head that is remembered, in bytes. */
const maxLength = 2_048

/**
 * Request heads that were read before. What a head says follows from its bytes alone, and clients repeat themselves to the byte.
 * `Notes` are whatever else follows from them.
 */
export class RememberedHeads<Notes extends object> {
  readonly #entries = new Map<number, Entry<Notes>>()
  readonly #newNotes: () => Notes

  constructor(newNotes: () => Notes) {
    this.#newNotes = newNotes
  }

  /** @param end where the head ends that begins with `bytes` */
  find(bytes: Buffer, end: number): RememberedHead<Notes> | undefined {
    const entry = this.#entries.get(end)
    return entry !== undefined && entry.bytes.compare(bytes, 0, end) === 0 ? entry : undefined
  }

  /** Remembers what the head says that `bytes` begin with. */
  add(bytes: Buffer, end: number, request: ParsedRequest): RememberedHead<Notes> {
    const head = { request, notes: this.#newNotes() }
    if (end > maxLength) return head
    if (this.#entries.size >= maxHeads && !this.#entries.has(end)) {
      this.#entries.delete(this.#entries.keys().next().value!)
    }
    // A copy: what was read lies in memory that is used again, or is much larger.
    this.#entries.set(end, { ...head, bytes: Buffer.from(bytes.subarray(0, end)) })
    return head
  }

  /** Forgets every head. */
  clear(): void {
    this.#entries.clear()
  }
}
