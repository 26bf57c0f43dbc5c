import { CoatcheckError, type ProviderHostView, type ProviderView, type Scope } from '@coatcheck/contract'

/**
 * Scopes for places that somebody named beside a provider, without saying how: the provider must have the host, or a suffix
 * below which each customer has one, and its injectors take the place of what stands in the scope.
 * @throws CoatcheckError `request_invalid`
 */
export function presetScopes(scopes: readonly Scope[], { hosts }: Pick<ProviderView, 'hosts'>): readonly Scope[] {
  return scopes.flatMap((scope) => {
    const entry = hosts.find((known) => isHostOf(known, hostIn(scope.to)))
    if (entry === undefined || entry.injectors.length === 0) {
      throw new CoatcheckError('request_invalid', { reason: 'a --to is no host of this provider: add --inject for it' })
    }
    return entry.injectors.map((inject) => ({ ...scope, inject }))
  })
}

function isHostOf({ host, perTenant }: ProviderHostView, name: string): boolean {
  return perTenant === true ? /^[^*~]/.test(name) && name.endsWith(host.slice(1)) : host === name
}

/** The host in a destination, without scheme, port and path. */
function hostIn(to: string): string {
  return to
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[:/].*$/, '')
}
