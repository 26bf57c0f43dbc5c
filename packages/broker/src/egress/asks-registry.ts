import { isDestination } from '../foundation/destination.ts'
import type { Exchange } from './exchange.ts'
import type { RoutedScope } from './routes.ts'

/** Injectors of registries of images. */
const kinds: ReadonlySet<string> = new Set(['registry', 'aws-ecr'])

/**
 * Whether a request is one of the API of Distribution, to a registry that the sandbox has a login for, or to its token service. What
 * holds `/v2/` elsewhere is no registry that we know of.
 */
export function asksRegistry({ arrival, head, routes }: Pick<Exchange, 'arrival' | 'head' | 'routes'>): boolean {
  const { destination } = arrival
  const { path } = head
  const isApi = path === '/v2' || path.startsWith('/v2/')
  const isFor = ({ inject, injection: { derivation }, pattern }: RoutedScope): boolean => {
    if (!kinds.has(inject.kind)) return false
    if (isApi && pattern.matches(destination, path)) return true
    const tokens = derivation?.registry === undefined ? undefined : derivation.endpoint
    return tokens !== undefined && path === tokens.path && isDestination(tokens.destination, destination)
  }
  return routes.grants.some(({ scopes }) => scopes.some(isFor))
}
