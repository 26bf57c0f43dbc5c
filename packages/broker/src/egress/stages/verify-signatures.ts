import { createHash } from 'node:crypto'
import type { Clock } from '../../foundation/clock.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'

/** Stands for the hash of a body that is not here yet. */
const wanted = 'wanted'

/**
 * SECURITY: a request that a client signed is looked at no further unless the signature is the placeholder’s (SEC-12). Where only
 * the body can tell, that is said on the exchange, and `verifyBody` has the last word.
 */
export function verifySignatures(
  exchange: Exchange,
  attachments: readonly Attachment[],
  clock: Clock,
): Refusal | undefined {
  const { head, signedBody } = exchange
  const bodyHash = signedBody === wanted ? undefined : signedBody
  for (const { grant, scope } of attachments) {
    const verdict = scope.injection.signing?.verify(head, grant.placeholder, clock.now(), bodyHash) ?? 'holds'
    if (verdict === 'needs-body') exchange.signedBody = wanted
    else if (verdict !== 'holds') {
      const facts = { env: grant.grant.env, ...verdict.facts }
      return verdict.code === 'signature_invalid' ? refuseAndReport(verdict.code, facts) : refuse(verdict.code, facts)
    }
  }
  return undefined
}

/** Verifies what only the body could tell, once it was inspected. */
export function verifyBody(exchange: Exchange, clock: Clock): Refusal | undefined {
  const chunks = exchange.carrier.wholeBody()
  if (chunks === undefined)
    return refuse('signature_unsupported', { scheme: 'a body without its hash', hint: bodyHint })
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  exchange.signedBody = hash.digest('hex')
  return verifySignatures(exchange, exchange.attachments, clock)
}

const bodyHint = 'Send `X-Amz-Content-Sha256`, or a body of up to 256 KiB with its `Content-Length`.'
