import type { Scope } from '@coatcheck/contract'
import type { Provider } from './provider.ts'

/**
 * The scopes of a secret made from this provider: one for each host and form, in the provider's order. Suffixes below which
 * each customer has a host give none.
 */
export function scopesOf({ hosts }: Pick<Provider, 'hosts'>): Scope[] {
  return hosts
    .filter(({ perTenant }) => perTenant !== true)
    .flatMap(({ host, injectors, perTenant: _, ...options }) =>
      injectors.map((inject) => ({ to: host, inject, ...options })),
    )
}
