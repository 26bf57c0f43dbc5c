import type { Destination } from '../../foundation/destination.ts'
import { textsOfPlaceholder } from '../../foundation/signing-placeholder.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RoutedGrant, Routes } from '../routes.ts'
import { candidateTokens } from '../stages/candidate-tokens.ts'
import { findPlaceholders } from '../stages/find-placeholders.ts'
import type { PlaceholderLookup } from '../stages/match.ts'
import { refuseStray } from '../stages/refuse-stray.ts'

/** Whether a grant of the sandbox answers to this name: the id of its provider, or the name of its secret. */
export function hasName(grants: readonly RoutedGrant[], name: string): boolean {
  return grants.some((grant) => answersTo(grant, name))
}

/** Where requests under this name go: to the host of the sandbox's own grant. */
export function targetNamed(name: string, { grants }: Routes): Destination | Refusal {
  return soleTarget(grants.filter((grant) => answersTo(grant, name)))
}

/**
 * Where a request goes that names nothing but carries a placeholder: to the host of that grant. SECURITY: the host comes
 * from the sandbox's own grants alone, whatever the request says.
 */
export function targetOfKey(head: RequestHead, routes: Routes, lookup: PlaceholderLookup): Destination | Refusal {
  const { grants, placeholders } = routes
  const found = new Set(findPlaceholders(head, placeholders).map(({ placeholder }) => placeholder))
  if (found.size > 0)
    return soleTarget(
      grants.filter(({ placeholder }) => textsOfPlaceholder(placeholder).some((text) => found.has(text))),
    )
  for (const token of candidateTokens(head)) {
    const placed = lookup(token)
    if (placed !== undefined) return refuseStray(placed, routes)
  }
  return refuse('gateway_target_unknown')
}

function answersTo({ provider, secretName }: RoutedGrant, name: string): boolean {
  const wanted = name.toLowerCase()
  return provider?.toLowerCase() === wanted || secretName.toLowerCase() === wanted
}

function soleTarget(grants: readonly RoutedGrant[]): Destination | Refusal {
  const targets = grants.map(mainDestination)
  const [first] = targets
  if (first === undefined) return refuse('gateway_target_unknown')
  const same = targets.every((other) => JSON.stringify(other) === JSON.stringify(first))
  return same ? first : refuse('gateway_target_ambiguous')
}

/** The host that the first exact scope names: scopes that stand for many hosts name none. It is the only one that a virtual key reaches. */
export function mainDestination({ scopes }: Pick<RoutedGrant, 'scopes'>): Destination | undefined {
  const pattern = scopes.map((scope) => scope.pattern).find(({ exactHost }) => exactHost !== null)
  if (pattern?.exactHost == null) return undefined
  return { scheme: pattern.scheme, host: pattern.exactHost, port: pattern.port }
}
