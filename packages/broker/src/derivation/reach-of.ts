import type { Reach, RoutedGrant } from '../egress/routes.ts'
import type { TokenEndpoint } from '../injection/derivation.ts'

/** SECURITY: how an endpoint is dialled is said by a scope of the secret that covers it; without one, it has to be a public host (SEC-15). */
export function reachOf({ scopes }: RoutedGrant, { destination, path }: TokenEndpoint): Reach {
  return scopes.find(({ pattern }) => pattern.matches(destination, path))?.reach ?? {}
}
