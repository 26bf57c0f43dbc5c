import type { Scope } from '@coatcheck/contract'

/** Where a registry hands out its tokens. */
interface TokenService {
  readonly tokenUrl: string
  /** As the registry names itself in its challenge. */
  readonly service: string
}

/** How docker writes its own hub. */
const hub = 'https://index.docker.io/v1/'
const hubHost = 'registry-1.docker.io'

const tokenServices: Readonly<Record<string, TokenService>> = {
  [hubHost]: { tokenUrl: 'https://auth.docker.io/token', service: 'registry.docker.io' },
  'ghcr.io': { tokenUrl: 'https://ghcr.io/token', service: 'ghcr.io' },
  'quay.io': { tokenUrl: 'https://quay.io/v2/auth', service: 'quay.io' },
  'registry.gitlab.com': { tokenUrl: 'https://gitlab.com/jwt/auth', service: 'container_registry' },
}

/** Registries that each customer has one of, with the path at which it hands out tokens. */
const perCustomer: readonly (readonly [host: RegExp, path: string])[] = [
  [/^[a-z0-9]+\.azurecr\.io$/, '/oauth2/token'],
  [/^[a-z0-9-]+-docker\.pkg\.dev$/, '/v2/token'],
]

/**
 * Where a login of docker’s goes, and how. SECURITY: where a registry hands out tokens is known before it is asked; what it says of that
 * itself moves no login. Of one that is not known, the login goes to its own host alone.
 */
export function registryScope(registry: string, host: string, username: string): Scope {
  const to = registry === hub ? hubHost : host
  const known = tokenServices[to] ?? serviceOfCustomer(to)
  if (known === undefined) return { to, inject: { kind: 'basic', username } }
  return { to, inject: { kind: 'registry', ...known, username } }
}

function serviceOfCustomer(host: string): TokenService | undefined {
  const [, path] = perCustomer.find(([pattern]) => pattern.test(host)) ?? []
  return path === undefined ? undefined : { tokenUrl: `https://${host}${path}`, service: host }
}
