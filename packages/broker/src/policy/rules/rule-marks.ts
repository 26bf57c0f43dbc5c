/** A set of rules by their numbers, in whichever form is the shorter one: as a list, or with a bit for each rule of the list. */
export class RuleMarks {
  readonly #numbers: number[] = []
  #bits: Uint32Array | undefined

  /** @param number larger than all before it, or the last one again */
  add(number: number): void {
    if (this.#numbers.at(-1) !== number) this.#numbers.push(number)
    this.#bits = undefined
  }

  /** Sets the bits of the set in `marks`, which has room for every rule. */
  mark(marks: Uint32Array): void {
    if (this.#numbers.length > marks.length) {
      this.#bits ??= this.#bitsFor(marks.length)
      for (let word = 0; word < marks.length; word += 1) marks[word]! |= this.#bits[word]!
    } else {
      for (const number of this.#numbers) setMark(marks, number)
    }
  }

  #bitsFor(words: number): Uint32Array {
    const bits = new Uint32Array(words)
    for (const number of this.#numbers) setMark(bits, number)
    return bits
  }
}

function setMark(marks: Uint32Array, number: number): void {
  marks[number >>> 5]! |= 1 << (number & 31)
}
