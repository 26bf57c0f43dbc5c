import type { Fit } from './fit.ts'
import { fitsWildcard } from './wildcard.ts'

/** Something with a name and a value, as fields and parameters are. */
export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** The parameters of a canonical query, which may begin with `?`. `;` parts them too, as some services have it. */
export function parametersOf(query: string): readonly NamedValue[] {
  return query
    .replace(/^\?/, '')
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0
        ? { name: decode(pair), value: '' }
        : { name: decode(pair.slice(0, equals)), value: decode(pair.slice(equals + 1)) }
    })
}

/** Whether the one parameter of this name has such a value. SECURITY: several, or one in another spelling, are no value. */
export function fitsParameter(
  parameters: readonly NamedValue[],
  name: string,
  wanted: string,
): Exclude<Fit, 'awaited'> {
  const key = spellName(name)
  return fitsSole(
    parameters.filter((parameter) => spellName(parameter.name) === key),
    (found) => found === name,
    wanted,
    'a parameter',
  )
}

/** The same of a header field. */
export function fitsField(fields: readonly NamedValue[], name: string, wanted: string): Exclude<Fit, 'awaited'> {
  const lower = name.toLowerCase()
  const key = lower.replaceAll('_', '-')
  return fitsSole(
    fields.filter((field) => field.name.toLowerCase().replaceAll('_', '-') === key),
    (found) => found.toLowerCase() === lower,
    wanted,
    'a header field',
  )
}

function fitsSole(
  found: readonly NamedValue[],
  isName: (name: string) => boolean,
  wanted: string,
  what: string,
): Exclude<Fit, 'awaited'> {
  const [only, ...others] = found
  if (only === undefined) return 'differs'
  if (others.length > 0) return { unreadable: `${what} stands there twice, or in two spellings` }
  if (!isName(only.name)) return { unreadable: `${what} has another spelling than the rule` }
  return fitsWildcard(wanted, only.value.trim()) ? 'matches' : 'differs'
}

/** A name in the form in which lenient services compare it. */
export function spellName(name: string): string {
  return decode(name)
    .replace(/\[.*$/s, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
}

function decode(text: string): string {
  const plain = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
