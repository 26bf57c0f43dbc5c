import type { HeaderField } from '../../http/header-field.ts'
import { type CookiePair, cookiePairs } from '../../injection/cookie-pairs.ts'

/**
 * The fields with these cookies in them, in place of those of the same name; `present` stay instead where they are the secret
 * itself.
 */
export function withCookies(
  fields: readonly HeaderField[],
  pairs: readonly CookiePair[],
  present: 'give way' | 'stay',
): HeaderField[] {
  const own = fields.filter(isCookie).flatMap(({ value }) => cookiePairs(value))
  const names = (some: readonly CookiePair[]): ReadonlySet<string> => new Set(some.map(({ name }) => name))
  const taken = names(present === 'stay' ? own : pairs)
  const all =
    present === 'stay'
      ? [...own, ...pairs.filter(({ name }) => !taken.has(name))]
      : [...own.filter(({ name }) => !taken.has(name)), ...pairs]
  const text = all.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ')
  const first = fields.findIndex(isCookie)
  if (first < 0) return [...fields, { name: 'Cookie', value: text }]
  return fields.flatMap((field, index) =>
    index === first ? [{ name: field.name, value: text }] : isCookie(field) ? [] : [field],
  )
}

function isCookie({ name }: HeaderField): boolean {
  return name.length === 6 && name.toLowerCase() === 'cookie'
}
