import type { SecretView } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'

const dayMs = 24 * 60 * 60 * 1000

/** A secret as the API shows it. SECURITY: made from metadata alone; the value is nowhere near. */
export function secretView(secret: Secret, lastUsedAt: string | null): SecretView {
  const { id, name, provider, scopes, version, weak, rotationDays, createdAt, rotatedAt } = secret
  const rotationDue =
    rotationDays === null ? null : new Date(Date.parse(rotatedAt) + rotationDays * dayMs).toISOString()
  return {
    id,
    name,
    provider,
    scopes,
    version,
    weak,
    rotationDays,
    rotationDue,
    createdAt,
    updatedAt: rotatedAt,
    lastUsedAt,
  }
}
