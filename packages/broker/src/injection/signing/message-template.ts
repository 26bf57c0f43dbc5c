import { createHash } from 'node:crypto'
import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'

/** What a signature of one's own kind is over. */
export interface MessageTemplate {
  /** Lower-case names of the fields that it has in it. */
  readonly fields: readonly string[]
  readonly needsBody: boolean
  /** The bytes for a request; undefined where a field is not there, or there twice. */
  fill(head: RequestHead, body: readonly Uint8Array[]): readonly (string | Uint8Array)[] | undefined
}

type Part = (head: RequestHead, body: readonly Uint8Array[]) => readonly (string | Uint8Array)[] | undefined

const parts: Readonly<Record<string, Part>> = {
  method: ({ method }) => [method],
  path: ({ path }) => [path],
  query: ({ query }) => [query.replace(/^\?/, '')],
  target: ({ path, query }) => [path + query],
  host: (head) => fieldValue(head, 'host'),
  body: (_head, body) => body,
  'body.sha256': (_head, body) => [hashOf(body, 'sha256')],
  'body.sha512': (_head, body) => [hashOf(body, 'sha512')],
}

const bodyParts: ReadonlySet<string> = new Set(['body', 'body.sha256', 'body.sha512'])
const mark = /\{\{\s*([a-z0-9.!#$%&'*+^_`|~-]+)\s*\}\}/gi

/**
 * Reads text with `{{ method }}`, `{{ path }}`, `{{ query }}`, `{{ target }}`, `{{ host }}`, `{{ body }}`, `{{ body.sha256 }}`,
 * `{{ body.sha512 }}` and `{{ header.NAME }}` in it; undefined where it has anything else in braces, or nothing.
 */
export function parseMessageTemplate(text: string): MessageTemplate | undefined {
  const names = [...text.matchAll(mark)].map(([, name = '']) => name.toLowerCase())
  const between = text.split(mark).filter((_, index) => index % 2 === 0)
  const known = names.every((name) => Object.hasOwn(parts, name) || /^header\../.test(name))
  if (names.length === 0 || !known || between.some((piece) => /\{\{|\}\}|[^\n -~]/.test(piece))) return undefined
  const fields = names.filter((name) => name.startsWith('header.')).map((name) => name.slice('header.'.length))
  return {
    fields,
    needsBody: names.some((name) => bodyParts.has(name)),
    fill(head, body) {
      const filled: (string | Uint8Array)[] = [between[0]!]
      for (const [index, name] of names.entries()) {
        const found = parts[name]?.(head, body) ?? fieldValue(head, name.slice('header.'.length))
        if (found === undefined) return undefined
        filled.push(...found, between[index + 1]!)
      }
      return filled
    },
  }
}

/** SECURITY: of two fields, readers differ on which one counts. */
function fieldValue(head: RequestHead, name: string): readonly string[] | undefined {
  const field = soleField(head, name)
  return field && [field.value.trim()]
}

function hashOf(body: readonly Uint8Array[], algorithm: string): string {
  const hash = createHash(algorithm)
  for (const chunk of body) hash.update(chunk)
  return hash.digest('hex')
}
