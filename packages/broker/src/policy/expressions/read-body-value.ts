import type { Unreadable } from '../rules/fit.ts'
import type { JsonDocument } from '../rules/json-document.ts'
import type { ExpressionValue } from './expression.ts'

/** A body as expressions take it, for all rules that ask about it. */
interface BodyValue {
  readonly value: ExpressionValue
  /** Names of members, by how they are written in small letters. */
  readonly spellings: ReadonlyMap<string, ReadonlySet<string>>
  readonly isExact: boolean
}

const known = new WeakMap<JsonDocument, BodyValue>()

/** The body for an expression in which these names stand. SECURITY: some services find members whatever the case of their names. */
export function readBody(
  document: JsonDocument,
  names: ReadonlySet<string>,
): { readonly value: ExpressionValue } | Unreadable {
  const body = known.get(document) ?? convert(document.value)
  known.set(document, body)
  if (!body.isExact) return { unreadable: 'a number is too large to be exact' }
  for (const name of names) {
    for (const written of body.spellings.get(name.toLowerCase()) ?? [])
      if (!names.has(written)) return { unreadable: 'a member has another spelling than the rule' }
  }
  return { value: body.value }
}

function convert(document: unknown): BodyValue {
  const spellings = new Map<string, Set<string>>()
  let isExact = true
  const read = (value: unknown): ExpressionValue => {
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) isExact = false
    if (typeof value !== 'object' || value === null) return value as ExpressionValue
    if (Array.isArray(value)) return value.map(read)
    return new Map(
      Object.entries(value).map(([name, member]) => {
        const lower = name.toLowerCase()
        const written = spellings.get(lower) ?? new Set()
        spellings.set(lower, written.add(name))
        return [name, read(member)]
      }),
    )
  }
  return { value: read(document), spellings, isExact }
}
