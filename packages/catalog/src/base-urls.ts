import type { Provider } from './provider.ts'

/**
 * The base-URL variables that move the clients of a provider to the gateway, by name. `gatewayUrl` is where the gateway's
 * base URLs begin, as a sandbox's connection has it. Variables that change more than an address are left out.
 */
export function baseUrlsFor(
  { id, baseUrlVariables }: Pick<Provider, 'id' | 'baseUrlVariables'>,
  gatewayUrl: string,
): Record<string, string> {
  const start = `${gatewayUrl.replace(/\/$/, '')}/${id}`
  return Object.fromEntries(
    baseUrlVariables
      .filter(({ safeToRedirect }) => safeToRedirect)
      .map(({ name, path }) => [name, start + path] as const),
  )
}
