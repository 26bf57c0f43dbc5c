import type { Exchange } from '../exchange.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { Reach, RoutedScope } from '../routes.ts'

/** Whether the policy lets this request through. Asked for each request, so that a change holds on open connections. */
export function decide(exchange: Exchange): Refusal | undefined {
  const { destination } = exchange.arrival
  const decision = exchange.routes.policy.decide(destination)
  if (decision.effect === 'deny') {
    return refuse('destination_denied', { host: destination.host, port: destination.port, rule: decision.rule })
  }
  exchange.rule = decision.rule
  if (decision.effect === 'tunnel') {
    // Only a network rule allows the host: the request goes there as it is, with no secret.
    exchange.reach = decision.options
    return undefined
  }
  const reach = agreedReach(exchange)
  if (reach === undefined) return refuse('destination_denied', { host: destination.host, reason: 'scopes disagree' })
  exchange.reach = reach
  return undefined
}

/** How to dial: as the attached scopes say, or, without one, as the scopes of the host do. They must say the same. */
function agreedReach({ attachments, arrival, routes }: Exchange): Reach | undefined {
  const scopes: RoutedScope[] = attachments.map(({ scope }) => scope)
  if (scopes.length === 0) {
    for (const grant of routes.grants) {
      scopes.push(...grant.scopes.filter(({ pattern }) => pattern.matches(arrival.destination)))
    }
  }
  const [first, ...others] = scopes
  if (first === undefined) return undefined
  return others.every(({ reach }) => JSON.stringify(reach) === JSON.stringify(first.reach)) ? first.reach : undefined
}
