import type { HeaderField } from '../http/header-field.ts'
import type { ReplyRules } from './exchange.ts'

/** What becomes of a field with a name; those that have none go on. */
interface NameClass {
  /** Stays here in a request, in a response. */
  readonly staysOfRequest: boolean
  readonly staysOfResponse: boolean
  readonly isCookie: boolean
  readonly isChallenge: boolean
  readonly isProof: boolean
  readonly isConnection: boolean
  readonly isReferer: boolean
  readonly key: string
}

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
const answeredHere = new Set(['expect', 'http2-settings', 'coatcheck-retry-key'])

/** Would lead the client past the broker, or let the service set state for the next one. */
const unwanted = new Set(['alt-svc'])

/** Fields that say how the body is framed; the broker writes its own. */
const framing = new Set(['content-length', 'transfer-encoding'])

/** Names come in a handful of spellings; what is beyond is classified each time. */
const maxClasses = 1_000
const classes = new Map<string, NameClass>()

function classOf(name: string): NameClass {
  const known = classes.get(name)
  if (known !== undefined) return known
  const key = name.toLowerCase()
  const made = {
    staysOfRequest: hopByHop.has(key) || answeredHere.has(key) || framing.has(key),
    staysOfResponse: hopByHop.has(key) || unwanted.has(key),
    isCookie: key === 'set-cookie' || key === 'set-cookie2',
    isChallenge: key === 'www-authenticate',
    isProof: key === 'authentication-info' || key === 'proxy-authentication-info',
    isConnection: key === 'connection',
    isReferer: key === 'referer',
    key,
  }
  if (classes.size < maxClasses) classes.set(name, made)
  return made
}

/** A sandbox and its token, as they stand in a base URL. */
const identity = /sbx_[0-9a-z]{1,40}\.[\w-]{43}/

/** The fields of a request that go on to the service, in their order; without framing. */
export function forwardedRequestFields(fields: readonly HeaderField[]): HeaderField[] {
  const named = namedByConnection(fields)
  return fields.filter(({ name, value }) => {
    const { isReferer, key, staysOfRequest } = classOf(name)
    // SECURITY: clients say by themselves which page led them somewhere, and a base URL names the sandbox and its token.
    if (isReferer && identity.test(value)) return false
    return !staysOfRequest && !named.has(key)
  })
}

/** Whether whoever asks reads fields behind the body of the response (RFC 9110 §6.5.1). */
export function takesTrailers(fields: readonly HeaderField[]): boolean {
  return fields.some(({ name, value }) => name.toLowerCase() === 'te' && /(?:^|[\s,])trailers(?:$|[\s,;])/i.test(value))
}

/** Fields without `Connection` and those that it names (RFC 9110 §7.6.1), in their order. */
export function withoutNominated(fields: readonly HeaderField[]): HeaderField[] {
  const named = namedByConnection(fields)
  return fields.filter(({ name }) => !classOf(name).isConnection && !named.has(name.toLowerCase()))
}

/** Challenges that ask for the identity of the machine, and sign in the connection instead of the request. */
const ofConnection = /^\s*(?:negotiate|ntlm|kerberos)\b/i

/** What is said of the answer to a request that carries a secret. */
export type InjectedReply = Pick<ReplyRules, 'cookies' | 'proof'>

/**
 * The fields of a response that go back to the client, in their order; with its `Content-Length`. `injected` for one to a
 * request that carries a secret.
 */
export function forwardedResponseFields(fields: readonly HeaderField[], injected?: InjectedReply): HeaderField[] {
  const named = namedByConnection(fields)
  const kept: HeaderField[] = []
  for (const field of fields) {
    const { isChallenge, isCookie, isProof, key, staysOfResponse } = classOf(field.name)
    if (staysOfResponse || (named.size > 0 && named.has(key))) continue
    // SECURITY: a session that the service opens for the real credential must not reach the sandbox.
    if (isCookie && injected !== undefined && injected.cookies !== 'pass') {
      if (injected.cookies !== 'drop') injected.cookies(field.value)
      continue
    }
    // SECURITY: a client that followed would sign in a connection which others of the pool are like.
    if (isChallenge && injected !== undefined && ofConnection.test(field.value)) continue
    if (isProof && injected?.proof !== undefined) {
      const value = injected.proof(field.value)
      if (value !== undefined) kept.push({ name: field.name, value })
      continue
    }
    kept.push(field)
  }
  return kept
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

const nothing: ReadonlySet<string> = new Set()

/** What most say; these options are no names of fields that anybody sends. */
const ofPersistence = new Set(['close', 'keep-alive', 'Close', 'Keep-Alive'])

/** Content-Length and Host are never hop-by-hop, whatever Connection claims. */
function namedByConnection(fields: readonly HeaderField[]): ReadonlySet<string> {
  let names: Set<string> | undefined
  for (const { name, value } of fields) {
    if (!classOf(name).isConnection || ofPersistence.has(value)) continue
    names ??= new Set()
    for (const option of value.split(',')) names.add(option.trim().toLowerCase())
  }
  names?.delete('host')
  names?.delete('content-length')
  return names ?? nothing
}
