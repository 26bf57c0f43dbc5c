import { CoatcheckError } from '@coatcheck/contract'
import type { HeaderField } from '../http/header-field.ts'
import { type KeyForm, KeySearch, longestKeyBytes } from './key-search.ts'
import type { Fit, ScrubbedValue } from './scrubbed-value.ts'
import { StreamScrub } from './stream-scrub.ts'
import { ValueSearch } from './value-search.ts'

/** A value with what is known of it. */
export interface ScrubbedSecret extends ScrubbedValue {
  /** Too short to be told from other text: where it shows, the response is broken off. */
  readonly isWeak: boolean
}

/** Keys that nobody knows yet, as a service may make them. */
export interface NewKeys {
  readonly forms: readonly KeyForm[]
  /** Placeholders, which may have such a form. */
  readonly placeholders: readonly string[]
  /** A response with one is broken off; else it is replaced. */
  readonly areBlocked: boolean
}

/** What was found in a text, and replaced. */
export interface Found {
  /** Values that are known. */
  readonly hits: number
  /** Keys that were not. */
  readonly newKeys: number
}

/** Puts placeholders where values come back, for one set of values. */
export class Scrubber {
  /** Every placeholder is as long as its value, so that nothing changes its length. */
  readonly keepsLength: boolean
  /** What is found must not be replaced, since it may be something else. */
  readonly isWeak: boolean
  /** New keys must not be replaced, since the scope says so. */
  readonly blocksNewKeys: boolean
  readonly #search: ValueSearch
  readonly #secrets: readonly ScrubbedSecret[]
  readonly #newKeys: NewKeys | undefined
  readonly #keys: KeySearch | undefined

  /** Makes copies of the values. */
  constructor(secrets: readonly ScrubbedSecret[], newKeys?: NewKeys) {
    this.#search = new ValueSearch(secrets, newKeys && longestKeyBytes)
    this.#secrets = secrets
    this.#newKeys = newKeys
    this.#keys = newKeys && new KeySearch(newKeys.forms, newKeys.placeholders)
    this.blocksNewKeys = newKeys?.areBlocked === true
    this.keepsLength = secrets.every(({ bytes, placeholder }) => bytes.length === placeholder.length)
    this.isWeak = secrets.some(({ isWeak }) => isWeak)
  }

  /** Bytes that were looked at so far, as often as they were: what the search has cost. */
  get steps(): number {
    return this.#search.steps
  }

  /** One that looks for further values, too. */
  with(further: readonly ScrubbedSecret[]): Scrubber {
    return further.length === 0 ? this : new Scrubber([...this.#secrets, ...further], this.#newKeys)
  }

  /** For a body or a message that comes in chunks. */
  stream(fit: Fit): StreamScrub {
    return new StreamScrub(this.#search, fit, this.#keys)
  }

  /** Whether nothing stands in these bytes, which are whole, that would be replaced. */
  isClean(bytes: Buffer): boolean {
    const look = this.#search.look(bytes, true, 'exact')
    return look.findings.length === 0 && (this.#keys === undefined || this.#keys.extend(bytes, look).keys === 0)
  }

  /** A text of a head, and how often something was replaced in it. */
  text(text: string): Found & { readonly text: string } {
    const scrub = this.stream('exact')
    const parts = [scrub.write(Buffer.from(text, 'latin1')), scrub.flush()]
    const { hits, newKeys } = scrub
    if (hits + newKeys === 0) return { text, hits, newKeys }
    return { text: Buffer.concat(parts).toString('latin1'), hits, newKeys }
  }

  /** Fields of a head or of trailers, and how often something was replaced in them; one whose name has a value in it is left out. */
  fields(fields: readonly HeaderField[]): Found & { readonly fields: readonly HeaderField[] } {
    let all = ''
    for (const { name, value } of fields) all += `${name}\n${value}\n`
    // Mostly there is nothing, and one look says so.
    if (this.isClean(Buffer.from(all, 'latin1'))) return { fields, hits: 0, newKeys: 0 }
    let hits = 0
    let newKeys = 0
    const scrubbed: HeaderField[] = []
    for (const field of fields) {
      const [name, value] = [this.text(field.name), this.text(field.value)]
      hits += name.hits + value.hits
      newKeys += name.newKeys + value.newKeys
      if (!isFound(name)) scrubbed.push(isFound(value) ? { name: field.name, value: value.text } : field)
    }
    return { fields: scrubbed, hits, newKeys }
  }
}

/** Ends what must not be replaced. @throws CoatcheckError `secret_returned` | `new_key_returned` */
export function demandReplaceable({ isWeak, blocksNewKeys }: Scrubber, { hits, newKeys }: Found): void {
  // SECURITY: what is too short to be told from other text is blocked, not replaced.
  if (hits > 0 && isWeak) throw new CoatcheckError('secret_returned')
  if (newKeys > 0 && blocksNewKeys) throw new CoatcheckError('new_key_returned')
}

function isFound({ hits, newKeys }: Found): boolean {
  return hits + newKeys > 0
}
