import type { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * Contents that a started program reads from descriptors of their own, so that they stand neither in its arguments
 * nor in a file of the host.
 */
export class StagedData {
  readonly #first: number
  readonly #contents: (string | Uint8Array)[] = []

  /** `first` is the lowest descriptor that is free for this. */
  constructor(first: number) {
    this.#first = first
  }

  /** Adds one content, and gives the descriptor from which the program will read it. */
  add(content: string | Uint8Array): number {
    this.#contents.push(content)
    return this.#first + this.#contents.length - 1
  }

  /**
   * What to append to the standard streams when the program is started. Empty contents share one descriptor, which
   * `nothing` must give: a workspace may have hundreds of files to blank.
   */
  stdio(nothing: number): ('pipe' | number)[] {
    return this.#contents.map((content) => (content.length === 0 ? nothing : 'pipe'))
  }

  /** Sends every content to the program. */
  feed(child: ChildProcess): void {
    for (const [index, content] of this.#contents.entries()) {
      const stream = (child.stdio as readonly unknown[])[this.#first + index] as Writable | null
      // A program that ends early closes its end; that it ended is reported elsewhere.
      stream?.on('error', () => {}).end(content)
    }
  }
}
