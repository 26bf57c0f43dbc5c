import type { HeaderField } from '../injection/request-head.ts'

/** Fields that belong to one connection, RFC 9110 §7.6.1, with the names that are not standard and treated alike. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'proxy-status',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Answered by the broker itself. */
const answeredHere = new Set(['expect', 'http2-settings'])

/** Would lead the client past the broker, or let the service set state for the next one. */
const unwanted = new Set(['alt-svc'])

/** A sandbox and its token, as they stand in a base URL. */
const identity = /sbx_[0-9a-z]{1,40}\.[\w-]{43}/

/** Fields that say how the body is framed; the broker writes its own. */
const framing = new Set(['content-length', 'transfer-encoding'])

/** The fields of a request that go on to the service, in their order; without framing. */
export function forwardedRequestFields(fields: readonly HeaderField[]): HeaderField[] {
  const named = namedByConnection(fields)
  return fields.filter(({ name, value }) => {
    const key = name.toLowerCase()
    // SECURITY: clients say by themselves which page led them somewhere, and a base URL names the sandbox and its token.
    if (key === 'referer' && identity.test(value)) return false
    return !hopByHop.has(key) && !answeredHere.has(key) && !framing.has(key) && !named.has(key)
  })
}

/** Fields without `Connection` and those that it names (RFC 9110 §7.6.1), in their order. */
export function withoutNominated(fields: readonly HeaderField[]): HeaderField[] {
  const named = namedByConnection(fields).add('connection')
  return fields.filter(({ name }) => !named.has(name.toLowerCase()))
}

/** The fields of a response that go back to the client, in their order; with its `Content-Length`. */
export function forwardedResponseFields(fields: readonly HeaderField[], dropCookies: boolean): HeaderField[] {
  const named = namedByConnection(fields)
  return fields.filter(({ name }) => {
    const key = name.toLowerCase()
    if (hopByHop.has(key) || unwanted.has(key) || named.has(key)) return false
    // SECURITY: a session that the service opens for the real credential must not reach the sandbox.
    return !(dropCookies && (key === 'set-cookie' || key === 'set-cookie2'))
  })
}

/** Node's flat list `[name, value, name, value]` as fields. */
export function fieldsFrom(raw: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) fields.push({ name: raw[index]!, value: raw[index + 1]! })
  return fields
}

/** Fields as Node's flat list. */
export function flatten(fields: readonly HeaderField[]): string[] {
  return fields.flatMap(({ name, value }) => [name, value])
}

/** Content-Length and Host are never hop-by-hop, whatever Connection claims. */
function namedByConnection(fields: readonly HeaderField[]): Set<string> {
  const names = new Set<string>()
  for (const { name, value } of fields) {
    if (name.toLowerCase() !== 'connection') continue
    for (const option of value.split(',')) names.add(option.trim().toLowerCase())
  }
  for (const kept of ['host', 'content-length']) names.delete(kept)
  return names
}
