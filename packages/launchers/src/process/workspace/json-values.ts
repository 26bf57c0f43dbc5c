/** A text, number or literal of a JSON document, and where it stands. */
export interface JsonValue {
  /** Names of the members and positions of the elements that lead to it. */
  readonly path: readonly string[]
  /** The decoded text; a number or literal as it is written. */
  readonly value: string
  readonly isText: boolean
  readonly start: number
  readonly end: number
}

const maxDepth = 64
/** Blanks, and the comments that editors and agents allow. */
const filler = /(?:[\s\uFEFF]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const text = /"(?:[^"\\\n]|\\.)*"/y
const word = /[-+\w.]+/y

/** Every plain value of a JSON document, comments and commas at the end allowed; nothing when it cannot be read for certain. */
export function jsonValues(document: string): readonly JsonValue[] | undefined {
  const reader = new JsonReader(document)
  try {
    reader.readDocument()
    return reader.values
  } catch {
    return undefined
  }
}

/** Where the comments of a JSON document stand; call it on one that can be read. */
export function jsonComments(document: string): readonly { readonly start: number; readonly end: number }[] {
  const parts = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return [...document.matchAll(parts)]
    .filter(([part]) => !part.startsWith('"'))
    .map(({ 0: part, index }) => ({ start: index, end: index + part.length }))
}

class JsonReader {
  readonly values: JsonValue[] = []
  readonly #document: string
  #at = 0

  constructor(document: string) {
    this.#document = document
  }

  readDocument(): void {
    this.#readValue([])
    this.#skip()
    if (this.#at !== this.#document.length) throw new SyntaxError('there is more after the document')
  }

  #readValue(path: readonly string[]): void {
    if (path.length > maxDepth) throw new SyntaxError('it is nested too deeply')
    this.#skip()
    const next = this.#document[this.#at]
    if (next === '{') this.#readMembers(path)
    else if (next === '[') this.#readElements(path)
    else this.#readPlain(path, next === '"')
  }

  #readPlain(path: readonly string[], isText: boolean): void {
    const start = this.#at
    const written = this.#take(isText ? text : word)
    const value = isText ? (JSON.parse(written) as string) : written
    this.values.push({ path, value, isText, start, end: this.#at })
  }

  #readMembers(path: readonly string[]): void {
    this.#readList('}', () => {
      const name = JSON.parse(this.#take(text)) as string
      this.#skip()
      if (this.#document[this.#at++] !== ':') throw new SyntaxError('a member has no value')
      this.#readValue([...path, name])
    })
  }

  #readElements(path: readonly string[]): void {
    let position = 0
    this.#readList(']', () => this.#readValue([...path, String(position++)]))
  }

  #readList(end: string, readOne: () => void): void {
    this.#at += 1
    this.#skip()
    while (this.#document[this.#at] !== end) {
      readOne()
      this.#skip()
      if (this.#document[this.#at] === ',') this.#at += 1
      else if (this.#document[this.#at] !== end) throw new SyntaxError('a list does not end')
      this.#skip()
    }
    this.#at += 1
  }

  #skip(): void {
    this.#take(filler)
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#document) ?? []
    if (found === undefined) throw new SyntaxError('something else was expected')
    this.#at += found.length
    return found
  }
}
