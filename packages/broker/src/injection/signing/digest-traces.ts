import type { RequestHead } from '../request-head.ts'
import { formatAuthParameters, parseAuthParameters } from './auth-parameters.ts'
import { type DigestAnswer, digestResponse } from './digest-answer.ts'
import { targetOf } from './digest-target.ts'
import type { SignatureTraces } from './signing.ts'

/** What says nothing of the password. */
const harmless: ReadonlySet<string> = new Set(['nextnonce', 'qop', 'cnonce', 'nc'])

/**
 * What a service can send back of an answer. SECURITY: whoever has the service's own proof, or the answer itself, can try passwords
 * on it; the client inside gets those that belong to its placeholder.
 */
export function digestTraces(
  answer: DigestAnswer,
  head: RequestHead,
  username: string,
  placeholder: Uint8Array,
  secret: Uint8Array,
): SignatureTraces | undefined {
  const outside = { username, password: secret, uri: targetOf(head) }
  const inside = { username, password: placeholder, uri: answer.uri }
  const { method } = head
  const sent = digestResponse(answer, { ...outside, method })
  const [proof, standIn] = [outside, inside].map((each) => digestResponse(answer, { ...each, method: '' }))
  if (sent === undefined || proof === undefined || standIn === undefined) return undefined
  return {
    made: [{ text: sent, standIn: answer.response }],
    proof(value) {
      const kept = parseAuthParameters(value)?.flatMap((each) => {
        const name = each.name.toLowerCase()
        if (harmless.has(name)) return [each]
        return name === 'rspauth' && each.value.toLowerCase() === proof ? [{ ...each, value: standIn }] : []
      })
      return kept === undefined || kept.length === 0 ? undefined : formatAuthParameters(kept)
    },
  }
}
