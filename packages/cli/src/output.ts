import { printable, printableJson } from './printable.ts'

/** Where a command writes: what it was asked for to one stream, what it has to say beside that to the other. */
export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

/** Writes results for people, or as JSON with `--json`. */
export class Output {
  readonly json: boolean
  readonly #streams: OutputStreams
  readonly #remarks: boolean

  /** `remarks` says whether there are any beside the result. */
  constructor(streams: OutputStreams, json: boolean, remarks = true) {
    this.#streams = streams
    this.json = json
    this.#remarks = remarks
  }

  /** The same without remarks. */
  quiet(): Output {
    return new Output(this.#streams, this.json, false)
  }

  /** The result: as JSON on one line, or the lines that `lines` makes for a person. */
  show(result: unknown, lines: () => readonly string[]): void {
    const text = this.json ? [printableJson(result)] : lines().map(printable)
    for (const line of text) this.#streams.stdout.write(`${line}\n`)
  }

  /** A remark beside the result. With `--json` it is one line of JSON. */
  note(text: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#remarks)
      this.#streams.stderr.write(`${this.json ? printableJson(facts) : `coatcheck: ${printable(text)}`}\n`)
  }
}
