import {
  CoatcheckError,
  type ConnectRecipe,
  connectTargets,
  type SandboxConnection,
  type SandboxView,
} from '@coatcheck/contract'
import { systemRoots } from '@coatcheck/launchers'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import { isLoopback } from '../foundation/door-address.ts'
import { connectRecipe } from './registry.ts'

/** What of a sandbox a recipe is made from. */
export type ConnectedSandbox = Pick<SandboxView, 'id' | 'name' | 'expiresAt' | 'grants'>

/**
 * The recipe by which a registered sandbox is connected on a platform. @throws CoatcheckError `proxy_closed` where no door is
 * open for it, `request_invalid` for a platform that is not known
 */
export function recipeFor(
  target: string,
  { id, name, expiresAt, grants }: ConnectedSandbox,
  { env, ca, baseUrls = {}, proxyUrl, socksUrl, gatewayUrl }: SandboxConnection,
): ConnectRecipe {
  if (proxyUrl === undefined || gatewayUrl === undefined) throw new CoatcheckError('proxy_closed')
  const host = new URL(gatewayUrl).hostname.replace(/^\[|\]$/g, '')
  // SECURITY: AC-12.2. A host that a secret is for is reached through the proxy, also when the broker is there.
  const isForSecret = grants.some(({ to }) => to.some((pattern) => covers(pattern, host)))
  const recipe = connectRecipe(target, {
    sandboxId: id,
    name,
    placeholders: env,
    baseUrls: isForSecret ? {} : baseUrls,
    gatewayUrl,
    direct: isForSecret || isLoopback(host) ? [] : [host],
    proxyUrl,
    ...(socksUrl !== undefined && { socksUrl }),
    ca,
    roots: systemRoots(),
    expiresAt,
  })
  if (recipe === undefined) {
    throw new CoatcheckError('request_invalid', { field: 'target', reason: `write ${connectTargets.join(', ')}` })
  }
  const warnings = [
    ...(isLoopback(host) && target !== 'shell'
      ? [
          `The broker listens on ${host}, where nothing but this machine reaches it: serve with --proxy on an address that the platform reaches.`,
        ]
      : []),
    ...(isForSecret ? ['A secret is for the host of the broker itself: there are no base URLs.'] : []),
  ]
  return { ...recipe, warnings: [...warnings, ...recipe.warnings] }
}

function covers(pattern: string, host: string): boolean {
  return parseDestinationPattern(pattern, { clearText: true, sharedSuffix: true }).matchesHost(host)
}
