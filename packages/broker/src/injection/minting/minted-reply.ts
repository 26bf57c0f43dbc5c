import type { RefusedToken, TokenReply } from '../derivation.ts'

/** The longest life that is believed, in milliseconds. */
const maxLifeMs = 24 * 60 * 60 * 1000
const maxLength = 16_384
/** SECURITY: a credential in a field: visible ASCII, so that it cannot become another field. */
const credentialText = /^[\x21-\x7e]{16,}$/

/** Whether a member of an answer can be a credential. */
export function isCredential(text: unknown): text is string {
  return typeof text === 'string' && text.length <= maxLength && credentialText.test(text)
}

/** What is said of a credential that ends at an instant, RFC 3339. */
export function mintedReply(credential: string, endsAt: unknown, now: Date): TokenReply {
  const lifeMs = typeof endsAt === 'string' ? Date.parse(endsAt) - now.getTime() : Number.NaN
  if (!(lifeMs > 0)) return refusedReply('the answer does not say how long it is good for', { surplus: credential })
  return { outcome: 'token', credential, lifeMs: Math.min(lifeMs, maxLifeMs), refreshToken: undefined }
}

/** SECURITY: the reason is words of ours; no text of an answer is ever repeated. */
export function refusedReply(
  reason: string,
  more: Partial<Pick<RefusedToken, 'isFinal' | 'isOfAsker' | 'surplus'>> = {},
): RefusedToken {
  return { outcome: 'refused', reason, isFinal: false, ...more }
}
