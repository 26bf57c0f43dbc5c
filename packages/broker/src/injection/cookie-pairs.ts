/** One `name=value` of a Cookie field. */
export interface CookiePair {
  readonly name: string
  readonly value: string
}

/** The pairs of a Cookie field in their order, RFC 6265 §5.4; one without `=` is all value. */
export function cookiePairs(field: string): CookiePair[] {
  return field
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0
        ? { name: '', value: pair }
        : { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1) }
    })
}
