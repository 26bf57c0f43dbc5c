import type { Scope } from '@coatcheck/contract'
import type { Provider } from './provider.ts'

/** The scopes of a secret made from this provider: one for each host and form, in the provider's order. */
export function scopesOf({ hosts }: Provider): Scope[] {
  return hosts.flatMap(({ host, injectors }) => injectors.map((inject) => ({ to: host, inject })))
}
