import { type Destination, formatDestination, isDestination } from '../../foundation/destination.ts'
import type { EgressRule } from '../../policy/egress-policy.ts'
import type { RoutedGrant } from '../routes.ts'

/** A place that the broker answers for itself, in the stead of whoever has it outside. Nothing sent there ever leaves. */
export interface LocalPlace {
  readonly service: 'token-endpoint' | 'google-metadata'
  readonly destination: Destination
  /** The one path; null for all of them. */
  readonly path: string | null
}

/** Google’s metadata server, as clients in its cloud know it. */
const metadata: Destination = { scheme: 'http', host: 'metadata.google.internal', port: 80 }

/**
 * The places of these grants. SECURITY: what a token endpoint gives for a real credential never passes in, so no request to
 * one passes out (AC-5.4, AC-5.5).
 */
export function localPlacesOf(grants: readonly RoutedGrant[]): readonly LocalPlace[] {
  const places = new Map<string, LocalPlace>()
  for (const { injection } of grants.flatMap(({ scopes }) => scopes)) {
    const { derivation } = injection
    if (derivation === undefined || derivation.takes === null) continue
    const { destination, path } = derivation.endpoint
    places.set(formatDestination(destination) + path, { service: 'token-endpoint', destination, path })
    if (derivation.isMachineIdentity) {
      places.set(formatDestination(metadata), { service: 'google-metadata', destination: metadata, path: null })
    }
  }
  return [...places.values()]
}

/** The place that a request goes to, if it goes to one. */
export function localPlaceAt(
  places: readonly LocalPlace[],
  destination: Destination,
  path: string,
): LocalPlace | undefined {
  return places.find((place) => isDestination(place.destination, destination) && (place.path ?? path) === path)
}

/** The rule by which a sandbox gets through to a place. */
export function ruleOfPlace({ destination, path }: LocalPlace): EgressRule<null> {
  const { host, port, scheme } = destination
  return {
    rule: formatDestination(destination) + (path ?? ''),
    matcher: { scheme, port, matchesHost: (other) => other === host },
    options: null,
  }
}
