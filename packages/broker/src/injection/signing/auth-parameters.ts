/** One `name=value` of a challenge or of an answer to one (RFC 9110 §11.2). */
export interface AuthParameter {
  /** As it was sent. */
  readonly name: string
  /** Without quotes and escapes. */
  readonly value: string
  readonly isQuoted: boolean
}

const parameter =
  /[ \t]*([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~/:\w-]+))[ \t]*(?:,|$)/sy

/** Reads a list of parameters; undefined where it is not well formed, or has one name twice: readers differ on which one counts. */
export function parseAuthParameters(text: string): readonly AuthParameter[] | undefined {
  const read: AuthParameter[] = []
  const names = new Set<string>()
  parameter.lastIndex = 0
  while (parameter.lastIndex < text.length) {
    const [found, name = '', quoted, token = ''] = parameter.exec(text) ?? []
    if (found === undefined || names.has(name.toLowerCase())) return undefined
    names.add(name.toLowerCase())
    read.push({ name, value: quoted?.replace(/\\(.)/gs, '$1') ?? token, isQuoted: quoted !== undefined })
  }
  return read.length === 0 || /,[ \t]*$/.test(text) ? undefined : read
}

/** Writes them in their order, each quoted as it was. */
export function formatAuthParameters(parameters: readonly AuthParameter[]): string {
  return parameters
    .map(({ name, value, isQuoted }) => `${name}=${isQuoted ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`)
    .join(', ')
}
