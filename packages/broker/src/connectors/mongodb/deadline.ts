/** One point in time that is put off while things go well. */
export class Deadline {
  readonly #passed: () => void
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  /** @param passed called once, when it is too late */
  constructor(passed: () => void) {
    this.#passed = passed
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** So many milliseconds from now. */
  set(ms: number): void {
    this.clear()
    this.#timer = setTimeout(() => {
      this.#isOver = true
      this.#passed()
    }, ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
