import { matchShape } from '@coatcheck/catalog'
import type { SecretCreate } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { destinationsOf } from './destinations-of.ts'
import type { PreparedSecret } from './prepare-secret.ts'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'

/**
 * Stores a secret with its caps.
 * @throws CoatcheckError `secret_unusable` | `secret_exists` | `secret_weak` | `vault_locked` | `audit_unavailable`; then there is none
 */
export async function storeSecret(
  services: Pick<AdminServices, 'auditLog' | 'caps' | 'project' | 'vault'>,
  input: Omit<SecretCreate, 'value'>,
  { prepared, provider }: PreparedSecret,
  value: SecretValue,
): Promise<Secret> {
  const { vault, project } = services
  prepared.check(value)
  const { sourceName: source } = input
  const secret = vault.create(
    {
      project,
      name: input.name,
      provider: provider?.id ?? null,
      shape: (provider && matchShape(provider, textOf(value))?.label) ?? null,
      ...(source !== undefined && { source }),
      scopes: prepared.scopes,
      ...(input.rules !== undefined && { rules: input.rules }),
      rotationDays: input.rotationDays ?? null,
      weak: input.weak ?? false,
    },
    value,
  )
  try {
    // SECURITY: before anybody knows that there is a secret which could be granted.
    if (input.caps !== undefined) services.caps.set(project, 'secret', secret.id, input.caps)
    await recordAction(services, 'secret.created', { subject: secret.name, note: destinationsOf(secret) })
  } catch (error) {
    // A secret that the journal knows nothing of does not come into being.
    vault.delete(project, secret.name)
    throw error
  }
  return secret
}

function textOf(value: SecretValue): string {
  return value.use((bytes) => Buffer.from(bytes).toString())
}
