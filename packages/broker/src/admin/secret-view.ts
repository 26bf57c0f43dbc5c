import type { SecretView, SourceState } from '@coatcheck/contract'
import { rotationDue } from '../vault/rotation-due.ts'
import type { Secret } from '../vault/secret.ts'

/** A secret as the API shows it. SECURITY: made from metadata alone; the value is nowhere near. */
export function secretView(secret: Secret, lastUsedAt: string | null, source?: SourceState): SecretView {
  const { id, name, provider, scopes, version, weak, rotationDays, createdAt, rotatedAt } = secret
  return {
    id,
    name,
    provider,
    scopes,
    version,
    weak,
    rotationDays,
    rotationDue: rotationDue(secret),
    createdAt,
    updatedAt: rotatedAt,
    lastUsedAt,
    ...(source !== undefined && { source }),
  }
}
