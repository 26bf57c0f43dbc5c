import { capText } from '@coatcheck/contract'
import type { Profile } from '../policy/profile.ts'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'

/** Stores a profile that was prepared before. @throws CoatcheckError `audit_unavailable` | `vault_locked` */
export async function saveProfile(
  services: Pick<AdminServices, 'auditLog' | 'profiles' | 'project'>,
  prepared: Profile,
): Promise<void> {
  // SECURITY: a profile that the journal knows nothing of does not come into force.
  await recordAction(services, 'profile.applied', { subject: prepared.name, note: noteOf(prepared) })
  services.profiles.save(services.project, prepared)
}

/** SECURITY: neither the description nor the rules; people write into these what they should not. */
function noteOf({ caps, network: { allow, deny }, rules, secrets, ttlSeconds }: Profile): string {
  const granted = Object.entries(secrets).map(([env, secret]) => `${env}=${secret}`)
  return [
    `${allow.length} allowed`,
    `${deny.length} denied`,
    ...granted,
    ...Object.keys(rules).map((env) => `rules for ${env}`),
    ...caps.map(capText),
    ...(ttlSeconds === null ? [] : [`${ttlSeconds} s`]),
  ].join(', ')
}
