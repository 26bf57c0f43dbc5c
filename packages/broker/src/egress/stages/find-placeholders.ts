import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { EscapeDecoder } from './escape-decoder.ts'
import type { NeedleSearch } from './needle-search.ts'
import {
  type PlaceholderEncoding,
  type PlaceholderSighting,
  placeholderHalfSearch,
  placeholderSearch,
} from './placeholder-needles.ts'

/** Part of a request head. */
export type PlaceholderSurface = 'method' | 'path' | 'query' | 'header-name' | 'header-value'

/** Where a placeholder stands. One for each placeholder and part of the head, in its plainest encoding. */
export interface PlaceholderPlace {
  readonly placeholder: string
  readonly surface: PlaceholderSurface
  /** Index in the fields of the head; null outside of them. */
  readonly field: number | null
  readonly encoding: PlaceholderEncoding | 'basic' | 'percent'
}

/** How often escapes are undone: services do it once, their front ends perhaps once more. */
const decodingDepth = 3

/** Every place in the head where one of the placeholders stands, in whatever encoding. Linear in the head. */
export function findPlaceholders(head: RequestHead, placeholders: readonly string[]): PlaceholderPlace[] {
  return placesIn(head, placeholderSearch(placeholders))
}

/** Like `findPlaceholders`, and finds those that were cut in two. Cheap where there is nothing to find. */
export function findPlaceholderParts(head: RequestHead, placeholders: readonly string[]): PlaceholderPlace[] {
  const search = placeholderHalfSearch(placeholders)
  return sightingsIn(wholeText(head), search).size === 0 ? [] : placesIn(head, search)
}

function placesIn(head: RequestHead, search: NeedleSearch<PlaceholderSighting>): PlaceholderPlace[] {
  const places: PlaceholderPlace[] = []
  const look = (surface: PlaceholderSurface, field: number | null, text: string): void => {
    for (const [placeholder, encoding] of sightingsIn(text, search)) {
      places.push({ placeholder, surface, field, encoding })
    }
  }
  look('method', null, head.method)
  look('path', null, head.path)
  look('query', null, head.query)
  for (const [index, { name, value }] of head.fields.entries()) {
    look('header-name', index, name)
    look('header-value', index, value)
  }
  return places
}

/** Every text of the head, and what stands in its pairs, on lines of their own. */
function wholeText({ method, path, query, fields }: RequestHead): string {
  let text = `${method}\n${path}\n${query}`
  for (const { name, value } of fields) {
    const pair = parseBasicPair(value)
    text += `\n${name}\n${value}`
    if (pair !== undefined) text += `\n${pair.user}:${pair.password ?? ''}`
  }
  return text
}

type Sightings = Map<string, PlaceholderPlace['encoding']>

const noSightings: Sightings = new Map()

/** The placeholders in a text, each with the plainest encoding in which it stands there. */
function sightingsIn(text: string, search: NeedleSearch<PlaceholderSighting>): Sightings {
  // No encoding makes a text shorter.
  if (text.length < search.shortest) return noSightings
  const seen: Sightings = new Map()
  const pair = parseBasicPair(text)
  // First, so that the pair is what gets reported and not its base64 form.
  if (pair !== undefined) addLayers(`${pair.user}:${pair.password ?? ''}`, 'basic', search, seen)
  addLayers(text, 'raw', search, seen)
  return seen
}

/** Looks at a text and at what it becomes when its escapes are undone. */
function addLayers(
  text: string,
  plain: 'raw' | 'basic',
  search: NeedleSearch<PlaceholderSighting>,
  seen: Sightings,
): void {
  let bytes: Buffer = Buffer.from(text, 'latin1')
  addSightings(bytes, plain, search, seen)
  for (let depth = 0; depth < decodingDepth; depth += 1) {
    const next = new EscapeDecoder().write(bytes)
    if (next.length === bytes.length) break
    bytes = next
    addSightings(bytes, 'percent', search, seen)
  }
}

/** Looks at bytes, and at them in lower case: hexadecimal digits and field names have none. */
function addSightings(
  bytes: Buffer,
  plain: 'raw' | 'basic' | 'percent',
  search: NeedleSearch<PlaceholderSighting>,
  seen: Sightings,
): void {
  for (const layer of [bytes, Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1')]) {
    for (const { placeholder, encoding } of search.find(layer)) {
      if (!seen.has(placeholder)) seen.set(placeholder, encoding === 'raw' ? plain : encoding)
    }
  }
}
