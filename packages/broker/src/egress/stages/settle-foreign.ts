import type { RequestHead } from '../../injection/request-head.ts'
import type { Exchange } from '../exchange.ts'
import { type Refusal, refuseAndReport } from '../refusal.ts'
import type { RoutedScope } from '../routes.ts'
import type { PlaceholderPlace } from './find-placeholders.ts'
import { type ForeignCredential, findForeignCredentials } from './foreign-credentials.ts'

/** What was decided about the credentials of others; none, when there are none. */
export type ForeignVerdict = 'none' | 'pass' | 'replace' | Refusal

/**
 * What becomes of credentials that Coatcheck did not issue. SECURITY: at a host that the sandbox may talk to, they are an exit
 * for data (SEC-11, R-69). The strictest of the scopes in force decides.
 */
export function settleForeign(
  exchange: Exchange,
  rest: RequestHead,
  ours: readonly PlaceholderPlace[],
): ForeignVerdict {
  const { head, attachments, arrival, routes } = exchange
  // Where no secret goes, a network rule lets everything through, in a tunnel and in a request that a proxy reads alike.
  if (routes.policy.decide(arrival.destination).effect === 'tunnel') return 'none'
  const covering = routes.grants.flatMap(({ scopes }) =>
    scopes.filter(({ pattern }) => pattern.matches(arrival.destination, head.path)),
  )
  const credentials = findForeignCredentials({
    head,
    rest,
    ours,
    places: covering.map(({ injection }) => injection.places),
    strict: attachments.length === 0 && covering.some((scope) => scope.attach === 'always' && !isShown(scope)),
  })
  const [first] = credentials
  if (first === undefined) return 'none'
  const attached = attachments.map(({ scope }) => scope)
  const inForce = attached.length > 0 ? [...attached, ...covering.filter(isShown)] : covering
  const way = strictest(inForce)
  if (way === 'refuse' || (way === 'replace' && credentials.some(({ at }) => at === null))) return refuseForeign(first)
  exchange.note = `foreign credential ${way === 'pass' ? 'passed' : 'replaced'}: ${credentials.map(describe).join(', ')}`
  if (way === 'replace') exchange.replaced = credentials
  return way
}

/** Turns a request away because of a credential, and says so. */
export function refuseForeign({ surface, name, form }: ForeignCredential): Refusal {
  return refuseAndReport('foreign_credential', { place: surface, name, form })
}

function strictest(scopes: readonly RoutedScope[]): RoutedScope['foreign'] {
  if (scopes.length === 0 || scopes.some(({ foreign }) => foreign === 'refuse')) return 'refuse'
  return scopes.some(({ foreign }) => foreign === 'replace') ? 'replace' : 'pass'
}

/** A certificate goes with every request, whatever else does. */
function isShown({ injection }: RoutedScope): boolean {
  return injection.clientIdentity !== undefined
}

function describe({ surface, name, form }: ForeignCredential): string {
  return [surface, name, form === null ? null : `(${form})`].filter((part) => part !== null).join(' ')
}
