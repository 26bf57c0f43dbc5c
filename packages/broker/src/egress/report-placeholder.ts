import type { Destination } from '../foundation/destination.ts'
import type { RequestHead } from '../injection/request-head.ts'
import { type Refusal, refuseAndReport } from './refusal.ts'
import type { Routes } from './routes.ts'
import { candidateTokens } from './stages/candidate-tokens.ts'
import type { PlaceholderLookup } from './stages/match.ts'
import { refuseStray } from './stages/refuse-stray.ts'

/**
 * The refusal of a request to a host that nothing allows, made into an alarm where the request carries a placeholder there.
 * SECURITY: whoever tries out where a placeholder leads is heard of, whether or not the host is one of ours (W2, R-68).
 */
export function reportPlaceholder(
  refusal: Refusal,
  head: RequestHead,
  destination: Destination,
  routes: Routes,
  lookup: PlaceholderLookup,
): Refusal {
  if (refusal.code !== 'destination_denied') return refusal
  for (const token of candidateTokens(head)) {
    const placed = lookup(token)
    if (placed === undefined) continue
    const own = routes.grants.find((each) => each.grant.id === placed.id)
    if (own === undefined) return refuseStray(placed, routes)
    // It belongs to the host: a rule denies that, or only scheme and port are wrong.
    if (own.scopes.some(({ pattern }) => pattern.matchesHost(destination.host))) continue
    return refuseAndReport('placeholder_wrong_destination', { env: own.grant.env, host: destination.host })
  }
  return refusal
}
