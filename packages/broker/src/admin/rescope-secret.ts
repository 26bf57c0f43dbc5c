import type { SecretUpdate } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { destinationsOf } from './destinations-of.ts'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'

/**
 * Changes where a secret may go and what may be done with it; what is absent stays. The scopes were checked before.
 * @throws CoatcheckError `value_required` | `secret_not_found` | `vault_locked` | `secret_weak` | `secret_changed` | `audit_unavailable`
 */
export async function rescopeSecret(
  services: Pick<AdminServices, 'auditLog' | 'project' | 'vault'>,
  name: string,
  { scopes, rules }: Pick<SecretUpdate, 'scopes' | 'rules'>,
  proof: SecretValue | undefined,
): Promise<Secret> {
  const secret = services.vault.rescope(services.project, name, scopes, proof, rules)
  const destinations = destinationsOf(secret)
  const note = rules === undefined ? destinations : `${destinations}; ${rulesNote(secret)}`
  await recordAction(services, 'secret.rescoped', { subject: secret.name, note })
  return secret
}

function rulesNote({ rules }: Secret): string {
  return rules === undefined ? 'no rules' : `${rules.rules.length} rules, ${rules.default} by default`
}
