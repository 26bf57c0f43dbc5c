import type { Clock } from '../../foundation/clock.ts'
import type { Grant } from '../../sandbox/grant.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import type { RoutedGrant, RoutedScope } from '../routes.ts'
import { candidateTokens } from './candidate-tokens.ts'
import { findPlaceholders, type PlaceholderPlace, undeclaredPlaces } from './find-placeholders.ts'
import { findForeignCredential } from './foreign-credentials.ts'

/** Finds the grant of a placeholder, whosever it is and whether or not it has ended. */
export type PlaceholderLookup = (text: string) => Grant | undefined

/** Decides which secrets the request gets: those whose placeholder stands in a declared place of a scope that covers it. */
export function match(exchange: Exchange, lookup: PlaceholderLookup, clock: Clock): Refusal | undefined {
  const { head, routes } = exchange
  exchange.attachments = []
  const places = findPlaceholders(head, routes.placeholders)
  const stray = findStray(exchange, lookup)
  if (stray !== undefined) return stray

  for (const placeholder of new Set(places.map((place) => place.placeholder))) {
    const grant = routes.grants.find((candidate) => candidate.placeholder === placeholder)!
    const chosen = choose(exchange, grant, clock)
    if ('code' in chosen) return chosen
    exchange.attachments.push(...chosen)
  }
  return checkPlaces(exchange) ?? checkForeign(exchange, places)
}

/** The scopes by which this grant's secret is attached, or why there is none. Some clients send one key in two fields. */
function choose({ head, arrival }: Exchange, grant: RoutedGrant, clock: Clock): Attachment[] | Refusal {
  const { expiresAt } = grant.grant
  if (expiresAt !== null && clock.now() >= new Date(expiresAt)) return refuse('grant_expired')
  const covering = grant.scopes.filter(({ pattern }) => pattern.matches(arrival.destination, head.path))
  // SECURITY: a placeholder anywhere but at its own secret's destination is an attempt to carry it off.
  if (covering.length === 0) {
    return refuseAndReport('placeholder_wrong_destination', { env: grant.grant.env, host: arrival.destination.host })
  }
  const scopes = covering.filter(({ injection }) => injection.carries(head, grant.placeholder))
  if (scopes.length === 0) return refuseAndReport('placeholder_undeclared_place', { env: grant.grant.env })
  // Services and caches may answer these with the request itself, or hand them to whoever comes next.
  if (head.method === 'OPTIONS' || head.fields.some(({ name }) => name.toLowerCase() === 'max-forwards')) {
    return refuse('method_not_injectable', { method: head.method })
  }
  return scopes.map((scope) => ({ grant, scope }))
}

/** SECURITY: a placeholder in any place beside the declared one is blocked, not replaced. */
function checkPlaces({ head, routes, attachments }: Exchange): Refusal | undefined {
  const declared = attachments.map(({ grant, scope }) => ({
    placeholder: grant.placeholder,
    injection: scope.injection,
  }))
  const [undeclared] = undeclaredPlaces(head, routes.placeholders, declared)
  if (undeclared === undefined) return undefined
  return refuseAndReport('placeholder_undeclared_place', { place: undeclared.surface })
}

/** SECURITY: a credential of somebody else is an exit for data at a host that the sandbox may talk to (SEC-11, R-69). */
function checkForeign(exchange: Exchange, places: readonly PlaceholderPlace[]): Refusal | undefined {
  const scopes = scopesInForce(exchange)
  if (scopes.length > 0 && scopes.every(({ foreign }) => foreign === 'pass')) return undefined
  const credential = findForeignCredential(exchange.head, places)
  if (credential === undefined) return undefined
  const { surface, name, form } = credential
  return refuseAndReport('foreign_credential', { place: surface, name, form })
}

function scopesInForce({ attachments, routes, arrival, head }: Exchange): RoutedScope[] {
  if (attachments.length > 0) return attachments.map(({ scope }) => scope)
  return routes.grants.flatMap(({ scopes }) =>
    scopes.filter(({ pattern }) => pattern.matches(arrival.destination, head.path)),
  )
}

/** SECURITY: a placeholder is of use only to its own sandbox; elsewhere it is a leak that somebody tries out. */
function findStray({ head, routes }: Exchange, lookup: PlaceholderLookup): Refusal | undefined {
  for (const token of candidateTokens(head)) {
    const grant = lookup(token)
    if (grant !== undefined && !routes.grants.some((own) => own.grant.id === grant.id)) {
      return refuseAndReport('placeholder_foreign', { grant: grant.id })
    }
  }
  return undefined
}
