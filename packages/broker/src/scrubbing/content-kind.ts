import type { HeaderField } from '../http/header-field.ts'

/** What kind of body a response has, as its type says. */
export interface ContentKind {
  /** A placeholder of another length than the value does no harm in it. */
  readonly isText: boolean
  /** Parts of it are of use before the rest has come. */
  readonly isStream: boolean
  /** Messages behind a head of five bytes, as gRPC and Connect have them. */
  readonly isFramed: boolean
}

const text =
  /^text\/|^application\/(?:[^;\s]+\+)?(?:json|xml|yaml|javascript|x-www-form-urlencoded|graphql|(?:x-)?ndjson|jsonl|x-jsonlines|json-seq)\b/
const stream =
  /^text\/event-stream\b|^application\/(?:stream\+json|(?:x-)?ndjson|jsonl|x-jsonlines|json-seq|vnd\.amazon\.eventstream)\b|^multipart\//
const framed = /^application\/(?:grpc|connect\+)/

/** A service has a handful of types; what is beyond is read each time. */
const maxKinds = 200
const maxTypeLength = 100
const kinds = new Map<string, ContentKind>()

/** Reads the `Content-Type`; a body without one is taken for text. */
export function contentKindOf(fields: readonly HeaderField[]): ContentKind {
  const named = listedValue(fields, 'content-type')
  const known = kinds.get(named)
  if (known !== undefined) return known
  const type = named.toLowerCase()
  const kind = { isText: type === '' || text.test(type), isStream: stream.test(type), isFramed: framed.test(type) }
  if (kinds.size < maxKinds && named.length <= maxTypeLength) kinds.set(named, kind)
  return kind
}

/** All values of a field as one list. */
export function listedValue(fields: readonly HeaderField[], name: string): string {
  let list = ''
  let isFirst = true
  for (const field of fields) {
    if (field.name.length !== name.length || field.name.toLowerCase() !== name) continue
    list = isFirst ? field.value.trim() : `${list},${field.value.trim()}`
    isFirst = false
  }
  return list
}
