import { type Provider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type Scope, type SecretCreate } from '@coatcheck/contract'
import { checkRules } from './check-rules.ts'
import type { AdminServices, PreparedScopes } from './services.ts'

/** What a secret would be, before its value is known. */
export interface PreparedSecret {
  readonly provider: Provider | undefined
  readonly prepared: PreparedScopes
}

/**
 * Understands what is said of a secret as it is to be saved.
 * @throws CoatcheckError `request_invalid` | `provider_not_found` | `provider_needs_host` | `scope_invalid` | `rule_invalid`
 */
export function prepareSecret(
  { prepareScopes, project, providers }: Pick<AdminServices, 'prepareScopes' | 'project' | 'providers'>,
  input: Pick<SecretCreate, 'provider' | 'scopes' | 'rules'>,
): PreparedSecret {
  const provider = input.provider === undefined ? undefined : providers.get(project, input.provider).provider
  const prepared = prepareScopes(scopesFor(input.scopes, provider))
  checkRules(input.rules)
  return { provider, prepared }
}

function scopesFor(scopes: readonly Scope[] | undefined, provider: Provider | undefined): readonly Scope[] {
  if (scopes !== undefined) return scopes
  if (provider !== undefined) {
    const known = scopesOf(provider)
    if (known.length === 0) throw new CoatcheckError('provider_needs_host', { provider: provider.id })
    return known
  }
  throw new CoatcheckError('request_invalid', { reason: 'provider, scopes: one of them is needed' })
}
