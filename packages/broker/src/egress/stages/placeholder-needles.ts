import { ownCopies } from '../../foundation/own-copies.ts'
import { type Needle, NeedleSearch } from './needle-search.ts'

/** How a placeholder is written where it stands. `folded` is in lower case. */
export type PlaceholderEncoding = 'raw' | 'folded' | 'base64' | 'hexadecimal'

/** A placeholder that was seen, and how it was written. */
export interface PlaceholderSighting {
  readonly placeholder: string
  readonly encoding: PlaceholderEncoding
}

type Searches = WeakMap<readonly string[], NeedleSearch<PlaceholderSighting>>

const searches: Searches = new WeakMap()
const halfSearches: Searches = new WeakMap()

/** Characters at the end of every placeholder that are random. */
const randomLength = 24

/** Finds these placeholders in every encoding that needs no decoding first. Built once for an array, so keep the array. */
export function placeholderSearch(placeholders: readonly string[]): NeedleSearch<PlaceholderSighting> {
  return searchOnce(searches, placeholders, (placeholder) => [placeholder])
}

/**
 * Like `placeholderSearch`, and finds placeholders that were cut in two: wherever the cut is, one piece holds the first or the
 * second half of the random characters.
 */
export function placeholderHalfSearch(placeholders: readonly string[]): NeedleSearch<PlaceholderSighting> {
  return searchOnce(halfSearches, placeholders, (placeholder) => {
    const random = placeholder.slice(-randomLength)
    const middle = Math.ceil(random.length / 2)
    return [placeholder, random.slice(0, middle), random.slice(middle)]
  })
}

function searchOnce(
  known: Searches,
  placeholders: readonly string[],
  partsOf: (placeholder: string) => readonly string[],
): NeedleSearch<PlaceholderSighting> {
  let search = known.get(placeholders)
  if (search === undefined) {
    search = new NeedleSearch(
      placeholders.flatMap((placeholder) => partsOf(placeholder).flatMap((part) => needlesOf(placeholder, part))),
    )
    known.set(placeholders, search)
  }
  return search
}

/** The ways to write one part of a placeholder. */
function needlesOf(placeholder: string, part: string): Needle<PlaceholderSighting>[] {
  const bytes = Buffer.from(part, 'latin1')
  const hexadecimal = bytes.toString('hex')
  const forms: [PlaceholderEncoding, string][] = [
    ['raw', part],
    ['folded', part.toLowerCase()],
    ['hexadecimal', hexadecimal],
    ['hexadecimal', hexadecimal.toUpperCase()],
  ]
  for (const offset of [0, 1, 2]) {
    for (const alphabet of ['base64', 'base64url'] as const) {
      forms.push(['base64', base64Core(bytes, offset, alphabet)])
    }
  }
  const byText = new Map<string, PlaceholderEncoding>()
  for (const [encoding, text] of forms) if (!byText.has(text)) byText.set(text, encoding)
  const texts = [...byText.keys()]
  const copies = ownCopies(texts.map((text) => Buffer.from(text, 'latin1')))
  return texts.map((text, index) => ({
    bytes: copies[index]!,
    meaning: { placeholder, encoding: byText.get(text)! },
  }))
}

/** The characters of the base64 form that are the same whatever stands before and after, at one of three alignments. */
function base64Core(bytes: Buffer, offset: number, alphabet: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(alphabet)
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}
