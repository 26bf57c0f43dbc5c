/** A cookie as a service set it, RFC 6265 §5.2. Attributes that only a browser can follow are left out. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  /** Absolute; undefined where the place that set it says. */
  readonly path: string | undefined
  /** Lower case, without a leading dot. */
  readonly domain: string | undefined
  /** Wall clock from which it is no more, in milliseconds since 1970; Infinity where nothing was said. */
  readonly expiresMs: number
  readonly isSecure: boolean
}

/** Longest name and value together, in bytes; RFC 6265 §6.1 asks for no more. */
const maxCookieBytes = 4_096

/** Reads the value of a `Set-Cookie` field; undefined for what no client would keep. */
export function parseSetCookie(field: string, nowMs: number): SetCookie | undefined {
  // SECURITY: what is kept goes into a field of a request.
  if (/[^\t -~\x80-\xff]/.test(field)) return undefined
  const [pair = '', ...rest] = field.split(';')
  const [name, value] = halves(pair)
  if (name === '' || value === undefined || name.length + value.length > maxCookieBytes) return undefined
  const attributes = new Map(rest.map((text) => halves(text)).map(([key, text = '']) => [key.toLowerCase(), text]))
  const path = attributes.get('path')
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  const cookie: SetCookie = {
    name,
    value,
    path: path?.startsWith('/') === true ? path : undefined,
    domain: domain === '' ? undefined : domain,
    expiresMs: endOf(attributes, nowMs),
    isSecure: attributes.has('secure'),
  }
  return keepsItsName(cookie) ? cookie : undefined
}

/** How long it lasts: `Max-Age` before `Expires`; what cannot be read counts for nothing. */
function endOf(attributes: ReadonlyMap<string, string>, nowMs: number): number {
  const age = attributes.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0 ? 0 : nowMs + Number(age) * 1000
  const end = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end
}

/** Names that promise something (RFC 6265bis §4.1.3). */
function keepsItsName({ name, path, domain, isSecure }: SetCookie): boolean {
  if (/^__host-/i.test(name)) return isSecure && domain === undefined && path === '/'
  return isSecure || !/^__secure-/i.test(name)
}

function halves(text: string): [string, string?] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text.trim()] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
}
