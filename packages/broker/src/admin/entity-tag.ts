import { hash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'

/** What changes by use alone, and so is no part of a resource's state. */
const volatile: ReadonlySet<string> = new Set(['lastUsedAt', 'problem'])

/** A strong entity tag: a hash of what an operator decided about a resource. */
export function entityTag(resource: unknown): string {
  return `"${hash('sha256', JSON.stringify(canonical(resource)), 'base64url').slice(0, 27)}"`
}

/** Whether an `If-Match` field (RFC 9110 §13.1.1) lets a change of the resource through. @throws CoatcheckError `request_invalid` */
export function matchesTag(field: string, present: string | undefined): boolean {
  if (field.trim() === '*') return present !== undefined
  const tags = field.split(',').map((tag) => tag.trim())
  if (tags.some((tag) => !/^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)))
    throw new CoatcheckError('request_invalid', { reason: 'If-Match is not a list of entity tags' })
  return present !== undefined && tags.includes(present)
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => !volatile.has(name))
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, inner]) => [name, canonical(inner)])
}
