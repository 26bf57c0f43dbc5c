import { parseJsonObject } from '../../foundation/parse-json-object.ts'
import type { TokenAnswer, TokenReply } from '../derivation.ts'
import { isCredential, refusedReply } from '../minting/minted-reply.ts'

/** Where nothing is said, and the longest that is believed, in seconds. */
const usualLifeSeconds = 60
const maxLifeSeconds = 24 * 60 * 60

/**
 * Reads the answer of a token service to a user, or to nobody, as the token authentication of Distribution has it: `token`, or
 * `access_token`, and how long it is good for. A refresh token in it is not looked at. To a user, a 401 is about them, whatever they asked
 * for. SECURITY: nothing that a service answers says for good that a password is dead, because clients choose what it is asked.
 */
export function readRegistryReply({ status, body }: TokenAnswer, user: string | null): TokenReply {
  if (status === 401 && user !== null) return refusedReply('status 401', { isOfAsker: true })
  if (status < 200 || status > 299) return refusedReply(`status ${status}`)
  const members = parseJsonObject(body)
  if (members === undefined) return refusedReply('the answer is no JSON object')
  const credential = members['token'] ?? members['access_token']
  if (!isCredential(credential)) return refusedReply('the answer has no fit token')
  const seconds = members['expires_in'] ?? usualLifeSeconds
  if (typeof seconds !== 'number' || !(seconds > 0)) return refusedReply('the token is not good for any time')
  return {
    outcome: 'token',
    credential,
    lifeMs: Math.min(seconds, maxLifeSeconds) * 1_000,
    refreshToken: undefined,
  }
}
