import { RunFinder } from './run-finder.ts'
import { runNumbers } from './run-finder-code.ts'
import { escapeLead, type TokenClass } from './token-class.ts'
import type { WindowSieve } from './window-sieve.ts'

/** Finds the runs of bytes of one class that are long enough to have something in them. */
export class RunSearch {
  /** Bytes and blocks that were looked at so far, as often as they were. */
  steps = 0
  readonly #tokens: TokenClass
  readonly #shortest: number
  readonly #finder: RunFinder | undefined
  /** What was found last. One list for all looks: most of them find a few short runs, and each costs a part of a microsecond. */
  readonly #runs: number[] = []

  /** @param shortest bytes of a run that counts @param sieve of what is looked for: runs without it may be left out */
  constructor(tokens: TokenClass, shortest: number, sieve?: WindowSieve) {
    this.#tokens = tokens
    this.#shortest = shortest
    this.#finder = RunFinder.of(tokens, shortest, sieve)
  }

  /**
   * The runs between two places, in order, as `runNumbers` numbers each: start, end, and `escapeLead` where an escape may begin in it, otherwise 0. The
   * next look of the same search writes into the same list.
   */
  find(bytes: Buffer, from: number, to: number): readonly number[] {
    this.#runs.length = 0
    const finder = this.#finder
    if (finder === undefined || to - from < RunFinder.blockBytes) this.#look(bytes, from, to)
    else for (let at = from; at < to; ) at = this.#findPiece(finder, bytes, at, to)
    return this.#runs
  }

  /** @returns where the next piece begins */
  #findPiece(finder: RunFinder, bytes: Buffer, from: number, to: number): number {
    const until = Math.min(to, from + RunFinder.pieceBytes)
    this.steps += Math.ceil((until - from) / RunFinder.blockBytes)
    const found = finder.find(bytes, from, until)
    const runs = this.#runs
    for (let index = 0; index < found.length; index += runNumbers) {
      const [start, end] = [found[index]!, found[index + 1]!]
      this.steps += end - start
      runs.push(from + start, from + end, found[index + 2]!)
    }
    if (until === to) return to
    // A run that is too short so far may go on in the next piece.
    return runs.at(1 - runNumbers) === until ? this.#extendLast(bytes, until, to) : until - this.#shortest + 1
  }

  /** Brings the last run to its end, which lies at `from` or behind it. */
  #extendLast(bytes: Buffer, from: number, to: number): number {
    let end = from
    let marks = this.#runs.pop()!
    for (let mark = 0; end < to; end += 1, marks |= mark) {
      mark = this.#tokens[bytes[end]!]!
      if (mark === 0) break
    }
    this.steps += end - from
    this.#runs.pop()
    this.#runs.push(end, marks & escapeLead)
    return end
  }

  /** The same without the finder. */
  #look(bytes: Buffer, from: number, to: number): void {
    const tokens = this.#tokens
    const shortest = this.#shortest
    let steps = 0
    // A run of that many bytes has one of these among them, wherever it begins.
    for (let probe = from + shortest - 1; probe < to; probe += shortest) {
      steps += 1
      let marks = tokens[bytes[probe]!]!
      if (marks === 0) continue
      let start = probe
      let end = probe + 1
      for (let mark = 0; start > from; start -= 1, marks |= mark) {
        mark = tokens[bytes[start - 1]!]!
        if (mark === 0) break
      }
      for (let mark = 0; end < to; end += 1, marks |= mark) {
        mark = tokens[bytes[end]!]!
        if (mark === 0) break
      }
      steps += end - start
      if (end - start >= shortest) this.#runs.push(start, end, marks & escapeLead)
      probe = end
    }
    this.steps += steps
  }
}
