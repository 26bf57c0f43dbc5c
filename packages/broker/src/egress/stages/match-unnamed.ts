import type { Clock } from '../../foundation/clock.ts'
import { showsNobody } from '../../injection/distribution/placeholder-token.ts'
import type { Injection } from '../../injection/injector.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import { mayBeReflected } from './attach-unasked.ts'
import { verifySignature } from './verify-signatures.ts'

/**
 * The secrets of signatures that name nobody: the one whose placeholder made it. SECURITY: what stands in the place of a signature and
 * was made with no placeholder of the sandbox is refused, and an alarm (SEC-12). Tokens that a registry gives everybody name nobody
 * either: the first grant for it says by which rules such a request goes, and its secret is not used.
 */
export function matchUnnamed(exchange: Exchange, clock: Clock): readonly Attachment[] | Refusal {
  const { head, arrival, routes } = exchange
  const candidates = routes.grants.flatMap((grant) =>
    grant.scopes
      .filter(({ injection, pattern }) => {
        const isUnnamed = injection.signing?.namesNobody === true || (isRegistry(injection) && showsNobody(head))
        return (
          isUnnamed && pattern.matches(arrival.destination, head.path) && injection.carries(head, grant.placeholder)
        )
      })
      .map((scope): Attachment => ({ grant, scope, attach: 'replace' })),
  )
  if (candidates.length === 0) return candidates
  if (mayBeReflected(head)) return refuse('method_not_injectable', { method: head.method })
  const verdicts = candidates.map((candidate) => verifySignature(exchange, candidate, clock))
  const holding = candidates.find((_, index) => verdicts[index] === 'holds')
  if (holding !== undefined) {
    if (isRegistry(holding.scope.injection)) exchange.note = 'as nobody: the secret is not used'
    const { expiresAt } = holding.grant.grant
    return expiresAt !== null && clock.now() >= new Date(expiresAt) ? refuse('grant_expired') : [holding]
  }
  // Whose it is shows when the body is here.
  const open = candidates.filter((_, index) => verdicts[index] === 'needs-body')
  if (open.length > 0) return open
  const faults = verdicts.filter((verdict) => typeof verdict === 'object')
  const { code, facts } = faults.find((fault) => fault.code !== 'signature_invalid') ?? faults[0]!
  return code === 'signature_invalid' ? refuseAndReport(code, facts) : refuse(code, facts)
}

function isRegistry({ derivation }: Injection): boolean {
  return derivation?.registry !== undefined
}
