/** One `name=value` of a query, decoded as services do it. */
export interface QueryParameter {
  readonly name: string
  readonly value: string
}

/** The parameters of a query that may begin with `?`. `;` parts them too, as some services have it. */
export function queryParameters(query: string): QueryParameter[] {
  return query
    .slice(query.startsWith('?') ? 1 : 0)
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0
        ? { name: decode(pair), value: '' }
        : { name: decode(pair.slice(0, equals)), value: decode(pair.slice(equals + 1)) }
    })
}

/** Undoes percent-encoding of whatever is well formed, as Latin-1 text. */
function decode(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
