import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'

/** What an assertion says. */
export type AssertionClaims = Readonly<Record<string, string | number>>

/** Weaker keys are nothing that a service accepts today. */
const minRsaBits = 2_048

/**
 * A JSON Web Token that is signed with a private key in PEM: RS256, or ES256 for a P-256 key where any algorithm will do.
 * @throws CoatcheckError `secret_unusable`
 */
export function signAssertion(
  privateKey: string,
  keyId: string | undefined,
  claims: AssertionClaims,
  wanted?: 'RS256',
): string {
  const key = readKey(privateKey)
  const isRsa = key.asymmetricKeyType === 'rsa'
  if (wanted !== undefined && !isRsa) throw unusable('it is no RSA key')
  const header = { alg: isRsa ? 'RS256' : 'ES256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) }
  const text = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), isRsa ? key : { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** SECURITY: what a parser of keys says may quote them; the reason here never does. */
function readKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw unusable('it has no private key in PEM')
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= minRsaBits) return key
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return key
  throw unusable('its private key is neither RSA of 2048 bits or more, nor P-256')
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function unusable(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason })
}
