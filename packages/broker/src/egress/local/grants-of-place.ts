import type { Clock } from '../../foundation/clock.ts'
import { isDestination } from '../../foundation/destination.ts'
import type { Derivation } from '../../injection/derivation.ts'
import type { RoutedGrant } from '../routes.ts'
import type { LocalPlace } from './local-place.ts'

/** Those of these grants that a question at a place can be about. */
export function grantsOfPlace(grants: readonly RoutedGrant[], place: LocalPlace): readonly RoutedGrant[] {
  return grants.filter((grant) => {
    if (place.service === 'token-endpoint') return derivationsAt(grant, place).length > 0
    return grant.scopes.some(({ injection: { derivation } }) => derivation?.isMachineIdentity === true)
  })
}

/** Those of these grants that have not expired. */
export function livingGrants(grants: readonly RoutedGrant[], clock: Clock): readonly RoutedGrant[] {
  return grants.filter(({ grant: { expiresAt } }) => expiresAt === null || clock.now() < new Date(expiresAt))
}

/** What is made of the secret of a grant by asking at this place. */
export function derivationsAt({ scopes }: RoutedGrant, { destination, path }: LocalPlace): readonly Derivation[] {
  const made = scopes.flatMap(({ injection }) => injection.derivation ?? [])
  return made.filter(({ endpoint }) => isDestination(endpoint.destination, destination) && endpoint.path === path)
}
