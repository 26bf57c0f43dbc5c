import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError, type ConfigDefinition, type Scope } from '@coatcheck/contract'
import type { Profile } from '../policy/profile.ts'
import { checkRules } from './check-rules.ts'
import type { ConfigPlan } from './plan-config.ts'
import { saveProfile } from './save-profile.ts'
import type { AdminServices } from './services.ts'

/**
 * Compares the profiles of a configuration with those of the project, as if the secrets of the configuration had the `scopes` that it
 * gives them; changes nothing.
 * @throws CoatcheckError as `PUT /v1/profiles/{name}` does
 */
export function planProfiles(
  services: AdminServices,
  declared: NonNullable<ConfigDefinition['profiles']>,
  scopes: ReadonlyMap<string, readonly Scope[]>,
): ConfigPlan {
  const { profiles, project } = services
  const names = Object.keys(declared)
  const steps = Object.entries(declared).flatMap(([name, parts]) => {
    checkRules(...Object.values(parts.rules ?? {}))
    const prepared = profiles.prepare(project, name, parts, { scopes, profiles: names })
    const before = findProfile(services, name)
    if (isDeepStrictEqual(before, prepared)) return []
    const is = before === undefined ? ('created' as const) : ('changed' as const)
    const entry = { kind: 'profile' as const, name }
    return [{ entry, is, phase: 'profile' as const, apply: () => saveProfile(services, prepared) }]
  })
  return { steps, declared: names.map((name) => ({ kind: 'profile', name })) }
}

function findProfile({ profiles, project }: AdminServices, name: string): Profile | undefined {
  try {
    return profiles.get(project, name)
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'profile_not_found') return undefined
    throw error
  }
}
