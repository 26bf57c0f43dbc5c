import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { Injection } from '../../injection/injector.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { EscapeDecoder } from './escape-decoder.ts'
import { type PlaceholderEncoding, placeholderSearch } from './placeholder-needles.ts'

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

/** An injection that the request is about to get. */
export interface DeclaredInjection {
  readonly placeholder: string
  readonly injection: Injection
}

/** How often escapes are undone: services do it once, their front ends perhaps once more. */
const decodingDepth = 3

/** Every place in the head where one of the placeholders stands, in whatever encoding. Linear in the head. */
export function findPlaceholders(head: RequestHead, placeholders: readonly string[]): PlaceholderPlace[] {
  const search = placeholderSearch(placeholders)
  const places: PlaceholderPlace[] = []
  const look = (surface: PlaceholderSurface, field: number | null, text: string): void => {
    // No encoding makes a text shorter.
    if (text.length < search.shortest) return
    const seen = new Map<string, PlaceholderPlace['encoding']>()
    for (const { bytes, encoding } of layersOf(text)) {
      for (const sighting of search.find(bytes)) {
        if (seen.has(sighting.placeholder)) continue
        seen.set(sighting.placeholder, sighting.encoding === 'raw' ? encoding : sighting.encoding)
      }
    }
    for (const [placeholder, encoding] of seen) places.push({ placeholder, surface, field, encoding })
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

/**
 * Where placeholders would still stand after these injections. Anything in it stands in a place that no scope declares, and the
 * request must not leave.
 */
export function undeclaredPlaces(
  head: RequestHead,
  placeholders: readonly string[],
  declared: readonly DeclaredInjection[],
): PlaceholderPlace[] {
  const rest: RequestHead = { ...head, fields: head.fields.map((field) => ({ ...field })) }
  const nothing = Buffer.from('x')
  for (const { placeholder, injection } of declared) {
    if (injection.carries(rest, placeholder)) injection.apply(rest, placeholder, nothing)
  }
  return findPlaceholders(rest, placeholders)
}

interface Layer {
  readonly bytes: Buffer
  /** How a placeholder that stands raw in these bytes was written. */
  readonly encoding: 'raw' | 'basic' | 'percent'
}

/** A text and what it becomes when it is decoded, each also in lower case: hexadecimal digits and field names have none. */
function layersOf(text: string): Layer[] {
  const layers: Layer[] = [{ bytes: Buffer.from(text, 'latin1'), encoding: 'raw' }]
  const pair = parseBasicPair(text)
  // First, so that the pair is what gets reported and not its base64 form.
  if (pair !== undefined) {
    layers.unshift({ bytes: Buffer.from(`${pair.user}:${pair.password ?? ''}`, 'latin1'), encoding: 'basic' })
  }
  return layers
    .flatMap((layer) => [layer, ...unescaped(layer.bytes)])
    .flatMap(({ bytes, encoding }) => [
      { bytes, encoding },
      { bytes: folded(bytes), encoding },
    ])
}

function unescaped(bytes: Buffer): Layer[] {
  const layers: Layer[] = []
  let decoded = bytes
  for (let depth = 0; depth < decodingDepth; depth += 1) {
    const next = new EscapeDecoder().write(decoded)
    if (next.length === decoded.length) break
    layers.push({ bytes: next, encoding: 'percent' })
    decoded = next
  }
  return layers
}

function folded(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1')
}
