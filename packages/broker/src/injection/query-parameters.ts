import { canonicalParameterName } from './canonical-names.ts'

/** One `name=value` of a query, decoded as services do it, as Latin-1 text. */
export interface QueryParameter {
  readonly name: string
  readonly value: string
  /** Where it stands in the query. */
  readonly start: number
  readonly end: number
}

/** Undone at most so often: a front end decodes once, the service behind it perhaps once more. */
const maxDecodings = 3

/** The parameters of a query that may begin with `?`. `;` parts them too, as some services have it. */
export function queryParameters(query: string): QueryParameter[] {
  const parameters: QueryParameter[] = []
  for (const { 0: pair, index: start } of query.matchAll(/[^&;]+/g)) {
    const skipped = start === 0 && pair.startsWith('?') ? 1 : 0
    const text = pair.slice(skipped)
    if (text === '') continue
    const equals = text.indexOf('=')
    const [name, value] = equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
    parameters.push({ name: decode(name), value: decode(value), start: start + skipped, end: start + pair.length })
  }
  return parameters
}

/**
 * The parameters that some service could take for the one of this canonical name: in other letters, with other separators,
 * encoded again, or with brackets.
 */
export function spellingsOf(query: string, canonicalName: string): QueryParameter[] {
  return queryParameters(query).filter(({ name }) => spellName(name) === canonicalName)
}

/** A parameter's name in the form in which services that are lenient compare it. */
export function spellName(name: string): string {
  let text = name
  for (let decodings = 1; decodings < maxDecodings && text.includes('%'); decodings += 1) text = decode(text)
  return canonicalParameterName(text.replace(/\[.*$/s, ''))
}

/** The query with these parameters cut out of it. */
export function withoutParameters(query: string, cut: ReadonlySet<number>): string {
  let kept = ''
  for (const [index, { start, end }] of queryParameters(query).entries()) {
    if (!cut.has(index)) kept += (kept === '' ? '?' : query[start - 1]!) + query.slice(start, end)
  }
  return kept
}

/** Undoes percent-encoding of whatever is well formed. */
function decode(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
