import type { TokenAnswer, TokenReply } from '../injection/derivation.ts'

/** Where nothing is said, and the longest that is believed, in seconds. */
const usualLifeSeconds = 300
const maxLifeSeconds = 24 * 60 * 60
const maxTokenLength = 16_384
/** SECURITY: a credential in a field: visible ASCII, so that it cannot become another field. */
const tokenText = /^[\x21-\x7e]+$/

/** Codes of RFC 6749 §5.2, and those of services that have their own. SECURITY: no other text of an answer is ever repeated. */
const knownCodes: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'access_denied',
  'bad_refresh_token',
  'interaction_required',
  'server_error',
  'temporarily_unavailable',
  'slow_down',
])

/** The codes that say that the grant itself is dead. */
const finalCodes: ReadonlySet<string> = new Set(['invalid_grant', 'bad_refresh_token', 'interaction_required'])

/** Reads the answer to a question of this derivation; whatever is not clearly a token is refused. */
export function readTokenReply(answer: TokenAnswer, takes: 'access_token' | 'id_token', now: Date): TokenReply {
  const { status } = answer
  const isSuccess = status >= 200 && status < 300
  const members = parseObject(answer.body)
  const code = members?.['error']
  if (typeof code === 'string' || !isSuccess) {
    const known = typeof code === 'string' && knownCodes.has(code) ? code : undefined
    // A 5xx says something about the service, and nothing about what was shown to it.
    const isFinal = status < 500 && known !== undefined && finalCodes.has(known)
    return refused(known ?? `status ${status}`, isFinal)
  }
  if (members === undefined) return refused('the answer is no JSON object')
  const credential = members[takes]
  if (!isToken(credential)) return refused(`the answer has no fit ${takes}`)
  const type = members['token_type']
  if (takes === 'access_token' && (typeof type !== 'string' || type.toLowerCase() !== 'bearer')) {
    return refused('the token is no Bearer token')
  }
  const lifeSeconds = lifeOf(members, takes, credential, now)
  if (lifeSeconds === undefined) return refused('the token is not good for any time')
  const refreshToken = members['refresh_token']
  if (refreshToken !== undefined && refreshToken !== null && refreshToken !== '' && !isToken(refreshToken)) {
    return refused('the answer has no fit refresh_token')
  }
  return {
    outcome: 'token',
    credential,
    lifeMs: Math.min(lifeSeconds, maxLifeSeconds) * 1_000,
    refreshToken: isToken(refreshToken) ? refreshToken : undefined,
  }
}

function lifeOf(
  members: Readonly<Record<string, unknown>>,
  takes: 'access_token' | 'id_token',
  credential: string,
  now: Date,
): number | undefined {
  const said = takes === 'id_token' ? endOf(credential, now) : members['expires_in']
  if (said === undefined || said === null) return usualLifeSeconds
  // Some services write the number as text.
  const seconds = typeof said === 'string' && /^[0-9]{1,12}$/.test(said) ? Number(said) : said
  return typeof seconds === 'number' && seconds > 0 ? seconds : undefined
}

/** Seconds until the end that a JSON Web Token says; it is not verified, because it is not believed in for longer than an hour. */
function endOf(token: string, now: Date): number {
  const payload = parseObject(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  const end = payload?.['exp']
  return typeof end === 'number' ? end - Math.floor(now.getTime() / 1_000) : usualLifeSeconds
}

function isToken(text: unknown): text is string {
  return typeof text === 'string' && text.length <= maxTokenLength && tokenText.test(text)
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function refused(reason: string, isFinal = false): TokenReply {
  return { outcome: 'refused', reason, isFinal }
}
