import { isObject, parseJsonObject } from '../../foundation/parse-json-object.ts'
import type { ReadAnswer } from '../derivation.ts'
import { isCredential, mintedReply, refusedReply } from './minted-reply.ts'

/** The user of every registry of Amazon ECR. */
export const ecrUser = 'AWS'

/** Errors of the service, and whether what was shown is dead. SECURITY: no other text of an answer is ever repeated. */
const knownErrors: Readonly<Record<string, boolean>> = {
  AccessDeniedException: false,
  ExpiredTokenException: true,
  InvalidSignatureException: false,
  ServerException: false,
  ThrottlingException: false,
  UnrecognizedClientException: true,
}

/** Reads the password for registries from what Amazon ECR answers to `GetAuthorizationToken`, JSON: a pair in Base64, and the end of it in seconds. */
export const readRegistryPassword: ReadAnswer = ({ status, body }, now) => {
  const members = parseJsonObject(body)
  if (status !== 200) {
    // Some front ends write a namespace before the name.
    const error = String(members?.['__type'] ?? '').replace(/^.*#/s, '')
    const isKnown = Object.hasOwn(knownErrors, error)
    return refusedReply(isKnown ? error : `status ${status}`, {
      isFinal: isKnown && status < 500 && knownErrors[error]!,
    })
  }
  const given = members?.['authorizationData']
  const [data, ...others] = Array.isArray(given) ? (given as unknown[]) : []
  if (!isObject(data) || others.length > 0) return refusedReply('the answer is not about one registry')
  const [user, password] = Buffer.from(String(data['authorizationToken']), 'base64').toString('latin1').split(/:(.*)/s)
  if (user !== ecrUser || !isCredential(password)) return refusedReply('the answer has no fit password')
  return mintedReply(password, instantOf(data['expiresAt']), now)
}

function instantOf(seconds: unknown): string | undefined {
  const instant = new Date(typeof seconds === 'number' ? seconds * 1_000 : Number.NaN)
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString()
}
