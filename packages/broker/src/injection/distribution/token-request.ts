/** What a token of a registry is asked for: by whom, and to do what. Holds no credential. */
export interface TokenRequest {
  /** The account; null for whoever shows no credential. */
  readonly user: string | null
  /** Name of the registry, as it says it itself; null where the client says none. */
  readonly service: string | null
  /** As they were asked for, each once, in the order of their texts; empty where only the account is to be checked. */
  readonly scopes: readonly string[]
}

/** Scopes of one token at most, and the characters of all of them together. */
const maxScopes = 16
const maxScopesLength = 4_096

const userText = /^[\x21-\x39\x3b-\x7e]{1,255}$/
const serviceText = /^[\x21-\x7e]{1,255}$/
const scopeText = /^[\x21-\x7e]{1,512}$/

/** Whether a text can be the user of a Basic pair: visible, and without a colon (RFC 7617 §2). */
export function isRegistryUser(text: string): boolean {
  return userText.test(text)
}

/** Whether a text can be the name by which a registry is asked for. */
export function isRegistryService(text: string): boolean {
  return serviceText.test(text)
}

/** The request in the one form that equal ones have; undefined where it is none, or asks for too much at one time. */
export function tokenRequest({ user, service, scopes }: TokenRequest): TokenRequest | undefined {
  const each = [...new Set(scopes)].sort()
  if (user !== null && !isRegistryUser(user)) return undefined
  if (service !== null && !isRegistryService(service)) return undefined
  if (each.length > maxScopes || each.join(' ').length > maxScopesLength) return undefined
  return each.every((scope) => scopeText.test(scope)) ? { user, service, scopes: each } : undefined
}

/** The request as text of letters, digits, `-` and `_`. */
export function encodeTokenRequest({ user, service, scopes }: TokenRequest): string {
  return Buffer.from(JSON.stringify([user, service, ...scopes])).toString('base64url')
}

/** Reads such a text; undefined where no request has it. */
export function decodeTokenRequest(text: string): TokenRequest | undefined {
  const request = requestIn(membersIn(text))
  // SECURITY: one text for each request.
  return request !== undefined && encodeTokenRequest(request) === text ? request : undefined
}

function membersIn(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('latin1'))
  } catch {
    return undefined
  }
}

function requestIn(members: unknown): TokenRequest | undefined {
  if (!Array.isArray(members)) return undefined
  const [user, service, ...scopes] = members as unknown[]
  if (!isTextOrNull(user) || !isTextOrNull(service)) return undefined
  return scopes.every((scope) => typeof scope === 'string') ? tokenRequest({ user, service, scopes }) : undefined
}

function isTextOrNull(member: unknown): member is string | null {
  return member === null || typeof member === 'string'
}
