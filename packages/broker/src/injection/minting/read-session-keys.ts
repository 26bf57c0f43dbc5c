import type { ReadAnswer } from '../derivation.ts'
import { parseSigningKeys } from '../signing/signing-keys.ts'
import { isCredential, mintedReply, refusedReply } from './minted-reply.ts'

/** Codes of STS, and whether what was shown is dead. SECURITY: no other text of an answer is ever repeated. */
const knownCodes: Readonly<Record<string, boolean>> = {
  AccessDenied: false,
  ExpiredToken: true,
  ExpiredTokenException: true,
  IncompleteSignature: false,
  InvalidClientTokenId: true,
  MalformedPolicyDocument: false,
  PackedPolicyTooLarge: false,
  RegionDisabledException: false,
  SignatureDoesNotMatch: false,
  Throttling: false,
  ValidationError: false,
}

/** Reads the keys for a session from an answer of STS, XML, into the JSON that `parseSigningKeys` reads. */
export const readSessionKeys: ReadAnswer = ({ status, body }, now) => {
  const text = body.toString('latin1')
  if (status !== 200) {
    const code = elementOf(text, 'Code')
    const isKnown = code !== undefined && Object.hasOwn(knownCodes, code)
    return refusedReply(isKnown ? code : `status ${status}`, { isFinal: isKnown && status < 500 && knownCodes[code]! })
  }
  const credentials = elementOf(text, 'Credentials') ?? ''
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    elementOf(credentials, name),
  )
  const keys = JSON.stringify({ accessKeyId, secretAccessKey, sessionToken })
  const isWhole = sessionToken !== undefined && isCredential(keys) && areKeys(keys)
  return isWhole
    ? mintedReply(keys, elementOf(credentials, 'Expiration'), now)
    : refusedReply('the answer has no fit keys')
}

function areKeys(text: string): boolean {
  try {
    parseSigningKeys(Buffer.from(text))
    return true
  } catch {
    return false
  }
}

/** What stands in the one element of this name; undefined without one, or with two. */
function elementOf(text: string, name: string): string | undefined {
  const parts = text.split(`<${name}>`)
  const [inner, ...rest] = parts[1]?.split(`</${name}>`) ?? []
  return parts.length === 2 && rest.length === 1 ? inner : undefined
}
