import type { HeaderField } from '../http/header-field.ts'
import type { Fit, ScrubbedValue } from './scrubbed-value.ts'
import { StreamScrub } from './stream-scrub.ts'
import { ValueSearch } from './value-search.ts'

/** A value with what is known of it. */
export interface ScrubbedSecret extends ScrubbedValue {
  /** Too short to be told from other text: where it shows, the response is broken off. */
  readonly isWeak: boolean
}

/** Puts placeholders where values come back, for one set of values. */
export class Scrubber {
  /** Every placeholder is as long as its value, so that nothing changes its length. */
  readonly keepsLength: boolean
  /** What is found must not be replaced, since it may be something else. */
  readonly isWeak: boolean
  readonly #search: ValueSearch
  readonly #secrets: readonly ScrubbedSecret[]

  /** Makes copies of the values. */
  constructor(secrets: readonly ScrubbedSecret[]) {
    this.#search = new ValueSearch(secrets)
    this.#secrets = secrets
    this.keepsLength = secrets.every(({ bytes, placeholder }) => bytes.length === placeholder.length)
    this.isWeak = secrets.some(({ isWeak }) => isWeak)
  }

  /** Bytes that were looked at so far, as often as they were: what the search has cost. */
  get steps(): number {
    return this.#search.steps
  }

  /** One that looks for further values, too. */
  with(further: readonly ScrubbedSecret[]): Scrubber {
    return further.length === 0 ? this : new Scrubber([...this.#secrets, ...further])
  }

  /** For a body or a message that comes in chunks. */
  stream(fit: Fit): StreamScrub {
    return new StreamScrub(this.#search, fit)
  }

  /** A text of a head, and how often something was replaced in it. */
  text(text: string): { readonly text: string; readonly hits: number } {
    const scrub = this.stream('exact')
    const parts = [scrub.write(Buffer.from(text, 'latin1')), scrub.flush()]
    return scrub.hits === 0 ? { text, hits: 0 } : { text: Buffer.concat(parts).toString('latin1'), hits: scrub.hits }
  }

  /** Fields of a head or of trailers, and how often something was replaced in them; one whose name has a value in it is left out. */
  fields(fields: readonly HeaderField[]): { readonly fields: readonly HeaderField[]; readonly hits: number } {
    let all = ''
    for (const { name, value } of fields) all += `${name}\n${value}\n`
    // Mostly there is nothing, and one look says so.
    if (this.text(all).hits === 0) return { fields, hits: 0 }
    let hits = 0
    const scrubbed: HeaderField[] = []
    for (const field of fields) {
      const [name, value] = [this.text(field.name), this.text(field.value)]
      hits += name.hits + value.hits
      if (name.hits === 0) scrubbed.push(value.hits === 0 ? field : { name: field.name, value: value.text })
    }
    return { fields: scrubbed, hits }
  }
}
