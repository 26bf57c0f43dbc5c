import type { Cap } from './cap.ts'
import type { RuleList } from './rule.ts'
import type { NetworkRule } from './sandbox.ts'

/** Names of the profiles that every project has; nobody replaces or deletes these. */
export const builtInProfileNames = ['dev', 'locked', 'open'] as const

/** A bundle that a sandbox starts from, as `/v1/profiles` shows it; each field is the one of `SandboxCreate`. */
export interface ProfileView {
  readonly name: string
  readonly origin: 'built-in' | 'own'
  /** For people, one line; empty where nobody wrote one. */
  readonly description: string
  /** What a sandbox of this profile may reach beside the destinations of its secrets, and what it may not reach at all. */
  readonly network: { readonly allow: readonly NetworkRule[]; readonly deny: readonly string[] }
  /** Environment variable to name of a stored secret. */
  readonly secrets: Readonly<Record<string, string>>
  /** Variable of one of `secrets` to what may be done with it. */
  readonly rules: Readonly<Record<string, RuleList>>
  /** How much all of a sandbox may do together. Each sandbox has its own count. */
  readonly caps: readonly Cap[]
  /** How long a sandbox lives that asks for no time of its own; null where the profile says nothing of it. */
  readonly ttlSeconds: number | null
}

/** Body of `PUT /v1/profiles/{name}`: all of the profile from then on. */
export interface ProfileDefinition extends ProfileParts {
  readonly name: string
}

/** What a profile says; what is absent is empty, as in `locked`. */
export interface ProfileParts {
  readonly description?: string
  readonly network?: { readonly allow?: readonly (string | NetworkRule)[]; readonly deny?: readonly string[] }
  readonly secrets?: Readonly<Record<string, string>>
  readonly rules?: Readonly<Record<string, RuleList>>
  readonly caps?: readonly Cap[]
  readonly ttlSeconds?: number
}
