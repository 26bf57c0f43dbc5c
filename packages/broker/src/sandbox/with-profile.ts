import type { Cap, SandboxCreate } from '@coatcheck/contract'
import type { Profile } from '../policy/profile.ts'

/**
 * What is asked of a new sandbox, with what its profile gives beside network rules, which `describeSandbox` adds. Where both speak of
 * one variable, or of the time to live, the request has the last word; of two caps that count the same, the lower one holds.
 */
export function withProfile(input: SandboxCreate, profile: Profile): SandboxCreate {
  const { caps, lifetimeSeconds, rules, secrets, ttlSeconds } = input
  const own = new Set([...Object.keys(secrets ?? {}), ...Object.keys(input.credentials ?? {})])
  const given = Object.entries(profile.secrets).filter(([env]) => !own.has(env))
  // SECURITY: rules of the profile stay on a variable whose secret the request replaced; it takes a list of its own to replace them.
  const lists = { ...profile.rules, ...rules }
  const ttl = ttlSeconds ?? (lifetimeSeconds === undefined ? profile.ttlSeconds : null)
  return {
    ...input,
    secrets: { ...Object.fromEntries(given), ...secrets },
    ...(Object.keys(lists).length > 0 && { rules: lists }),
    caps: lowest([...profile.caps, ...(caps ?? [])]),
    ...(ttl !== null && { ttlSeconds: ttl }),
  }
}

/** SECURITY: nobody raises a cap of a profile by asking for a higher one. */
function lowest(caps: readonly Cap[]): readonly Cap[] {
  const found = new Map<string, Cap>()
  for (const cap of caps) {
    const span = JSON.stringify([cap.unit, cap.window, cap.rolling === true])
    const other = found.get(span) ?? cap
    const lower = cap.limit < other.limit ? cap : other
    const opens = cap.breaker ?? other.breaker
    found.set(span, opens === undefined ? lower : { ...lower, breaker: opens })
  }
  return [...found.values()]
}
