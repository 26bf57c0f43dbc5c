import { CoatcheckError, type CredentialUse, type SandboxCreate } from '@coatcheck/contract'
import { joinSigningKeys } from '../sandbox/variables-of.ts'
import { assessStrength } from '../vault/secret-strength.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { AdminServices } from './services.ts'

/**
 * Checks what is said of the values that come with a new sandbox, as if each was stored as a secret: with the same scopes, and no
 * shorter. Gives the body with the scopes in canonical form.
 * @throws CoatcheckError `request_invalid` | `scope_invalid` | `secret_weak` | `secret_unusable`
 */
export function checkUses(services: Pick<AdminServices, 'prepareScopes'>, input: SandboxCreate): SandboxCreate {
  if (input.credentialUses === undefined) return input
  const values = joinSigningKeys(input.credentials ?? {})
  const checked = Object.entries(input.credentialUses).map(([env, use]): [string, CredentialUse] => {
    const text = values[env]
    if (text === undefined) {
      throw new CoatcheckError('request_invalid', { field: env, reason: 'there is no value for it' })
    }
    using value = new SecretValue(Buffer.from(text, 'utf8'))
    // SECURITY: a value that is too short to be found again in replies stays outside; nobody consented to less here.
    assessStrength(use.scopes ?? [], value.length, false)
    if (use.scopes === undefined) return [env, use]
    const prepared = services.prepareScopes(use.scopes)
    prepared.check(value)
    return [env, { scopes: prepared.scopes }]
  })
  return { ...input, credentialUses: Object.fromEntries(checked) }
}
