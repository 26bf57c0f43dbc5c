import { builtInProfileNames } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { withNameHint } from '../with-name-hint.ts'
import { type EnvironmentPlan, planEnvironment } from './plan-environment.ts'
import type { RunOptions } from './run-options.ts'

/**
 * The plan of a run whose profile may have secrets. SECURITY: these count as named on the command line, so that no key of the
 * caller's environment comes in the place of the one that the profile was made with.
 * @throws CoatcheckError `profile_not_found` | `request_invalid` for a wish that cannot be granted
 */
export async function planWithProfile(
  client: CoatcheckClient,
  { options, plan, user }: Planned,
): Promise<EnvironmentPlan> {
  if (builtInProfileNames.some((name) => name === options.profile)) return plan
  const { secrets } = await withNameHint(client, 'profile', options.profile, () => client.profiles.get(options.profile))
  return planEnvironment(user, { ...options, secret: { ...secrets, ...options.secret } })
}

/** What was planned before a broker was asked. */
export interface Planned {
  readonly options: RunOptions
  readonly plan: EnvironmentPlan
  readonly user: Readonly<Record<string, string>>
}
