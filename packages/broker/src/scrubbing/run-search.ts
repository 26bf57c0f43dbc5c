import { BlockFilter } from './block-filter.ts'
import type { TokenClass } from './token-class.ts'

/** Hears of a run, and the marks of its bytes, one bit or another. */
export type RunFound = (start: number, end: number, marks: number) => void

/** Finds the runs of bytes of one class that are long enough to have something in them. */
export class RunSearch {
  /** Bytes and blocks that were looked at so far, as often as they were. */
  steps = 0
  readonly #tokens: TokenClass
  readonly #shortest: number
  readonly #filter: BlockFilter | undefined

  /** @param shortest bytes of a run that counts */
  constructor(tokens: TokenClass, shortest: number) {
    this.#tokens = tokens
    this.#shortest = shortest
    this.#filter = BlockFilter.of(tokens, shortest)
  }

  /** Calls back for each run between two places, in order. */
  each(bytes: Buffer, from: number, to: number, found: RunFound): void {
    const filter = this.#filter
    if (filter === undefined || to - from < BlockFilter.blockBytes) {
      this.#look(bytes, from, to, from, to, found)
      return
    }
    this.steps += Math.ceil((to - from) / BlockFilter.blockBytes)
    let seen = from
    filter.find(bytes, from, to, (block) => {
      // A run that is long enough within the block has as many bytes behind this one.
      const start = Math.max(seen, block - this.#shortest + 1)
      const end = Math.min(to, block + BlockFilter.blockBytes)
      seen = Math.max(seen, this.#look(bytes, start, end, from, to, found))
    })
  }

  /**
   * Calls back for each run that has enough bytes between `from` and `until`; runs go from `first` to `last` at most.
   * @returns where the last of them ends, or `from`
   */
  #look(bytes: Buffer, from: number, until: number, first: number, last: number, found: RunFound): number {
    const tokens = this.#tokens
    const shortest = this.#shortest
    let steps = 0
    let behind = from
    // A run of that many bytes has one of these among them, wherever it begins.
    for (let probe = from + shortest - 1; probe < until; probe += shortest) {
      steps += 1
      let marks = tokens[bytes[probe]!]!
      if (marks === 0) continue
      let start = probe
      let end = probe + 1
      for (let mark = 0; start > first; start -= 1, marks |= mark) {
        mark = tokens[bytes[start - 1]!]!
        if (mark === 0) break
      }
      for (let mark = 0; end < last; end += 1, marks |= mark) {
        mark = tokens[bytes[end]!]!
        if (mark === 0) break
      }
      steps += end - start
      if (end - start >= shortest) {
        found(start, end, marks)
        behind = end
      }
      probe = end
    }
    this.steps += steps
    return behind
  }
}
