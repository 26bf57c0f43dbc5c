const redrawEveryMs = 100

/** One line on a terminal that tells how far something has come; nothing where there is no terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #label: string
  #drawnAtMs = Number.NEGATIVE_INFINITY
  #length = 0

  constructor(stream: NodeJS.WriteStream, label: string) {
    this.#stream = stream
    this.#label = label
  }

  /** `total` is undefined where it is not known. */
  tell(done: number, total?: number): void {
    const now = performance.now()
    const isLast = done === total
    if (!this.#stream.isTTY || (!isLast && now - this.#drawnAtMs < redrawEveryMs)) return
    this.#drawnAtMs = now
    this.#draw(`${this.#label}: ${done}${total === undefined ? '' : ` of ${total}`}`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.#length > 0) this.#draw('')
  }

  #draw(text: string): void {
    this.#stream.write(`\r${text.padEnd(this.#length)}${text === '' ? '\r' : ''}`)
    this.#length = text.length
  }
}
