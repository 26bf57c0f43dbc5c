import { createHash } from 'node:crypto'
import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'
import { type AuthParameter, formatAuthParameters, parseAuthParameters } from './auth-parameters.ts'

/** What a client answered to a Digest challenge, RFC 7616 §3.4. */
export interface DigestAnswer {
  /** The scheme and the space after it, as they were sent. */
  readonly lead: string
  readonly parameters: readonly AuthParameter[]
  readonly username: string
  /** It is a hash of the name and the realm. */
  readonly isNameHashed: boolean
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  /** In capital letters; MD5 where nothing is said. */
  readonly algorithm: string
  /** Absent in answers of the old kind, RFC 2069. */
  readonly qop: string | undefined
  readonly nc: string | undefined
  readonly cnonce: string | undefined
}

/** Who asks, with what, for what. */
export interface DigestInput {
  /** Bytes as text of one character each. */
  readonly username: string
  readonly password: Uint8Array
  /** Empty for the answer of the service, RFC 7616 §3.5. */
  readonly method: string
  readonly uri: string
}

/** Hash functions of Node by the names that challenges have for them. */
const hashes: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }

/** The lower-case name of the field that holds the answer. */
export const answerField = 'authorization'

/** Whether the one field says that it is an answer to a Digest challenge, whatever else it says. */
export function isDigestAnswer(head: RequestHead): boolean {
  return /^digest(?:[ \t]|$)/i.test(soleField(head, answerField)?.value ?? '')
}

/** Reads the answer; undefined where it is not well formed, or lacks what every answer has. */
export function readDigestAnswer(head: RequestHead): DigestAnswer | undefined {
  const [lead = '', rest = ''] = soleField(head, answerField)?.value.split(/(?<=^digest[ \t]+)(?=[^ \t])/i) ?? []
  const parameters = parseAuthParameters(rest)
  if (parameters === undefined) return undefined
  const known = new Map(parameters.map(({ name, value }) => [name.toLowerCase(), value]))
  const { username, realm, nonce, uri, response } = Object.fromEntries(known)
  if (username === undefined || realm === undefined || nonce === undefined) return undefined
  if (uri === undefined || response === undefined) return undefined
  return {
    lead,
    parameters,
    username,
    isNameHashed: known.get('userhash')?.toLowerCase() === 'true',
    realm,
    nonce,
    uri,
    response,
    algorithm: known.get('algorithm')?.toUpperCase() ?? 'MD5',
    qop: known.get('qop')?.toLowerCase(),
    nc: known.get('nc'),
    cnonce: known.get('cnonce'),
  }
}

/** Why no answer of this kind can be made anew; undefined where it can. */
export function unsupportedKind({ algorithm, qop }: DigestAnswer): string | undefined {
  if (!Object.hasOwn(hashes, algorithm.replace(/-SESS$/, ''))) return `Digest with ${algorithm}`
  return qop === undefined || qop === 'auth' ? undefined : `Digest with qop=${qop}`
}

/** The hash of a name that is not sent in clear, RFC 7616 §3.4.4. */
export function hashedName({ algorithm, realm }: DigestAnswer, username: string): string {
  return hashOf(algorithm, `${username}:${realm}`)
}

/** The `response` of an answer, RFC 7616 §3.4.1; undefined where what it is made of is not all there. */
export function digestResponse(answer: DigestAnswer, input: DigestInput): string | undefined {
  const { algorithm, realm, nonce, qop, nc, cnonce } = answer
  const { username, password, method, uri } = input
  if (qop !== undefined && (nc === undefined || cnonce === undefined)) return undefined
  let key = hashOf(algorithm, `${username}:${realm}:`, password)
  if (algorithm.endsWith('-SESS')) {
    if (cnonce === undefined) return undefined
    key = hashOf(algorithm, `${key}:${nonce}:${cnonce}`)
  }
  const asked = hashOf(algorithm, `${method}:${uri}`)
  return hashOf(
    algorithm,
    qop === undefined ? `${key}:${nonce}:${asked}` : `${key}:${nonce}:${nc}:${cnonce}:${qop}:${asked}`,
  )
}

/** The field value with other values for some of its parameters. */
export function formatDigestAnswer(
  { lead, parameters }: DigestAnswer,
  changed: Readonly<Record<string, string>>,
): string {
  const written = parameters.map((each) => ({ ...each, value: changed[each.name.toLowerCase()] ?? each.value }))
  return lead + formatAuthParameters(written)
}

function hashOf(algorithm: string, text: string, bytes: Uint8Array = new Uint8Array()): string {
  return createHash(hashes[algorithm.replace(/-SESS$/, '')]!)
    .update(text, 'latin1')
    .update(bytes)
    .digest('hex')
}
