import type { Cap } from './cap.ts'
import type { ProfileParts } from './profile.ts'
import type { RuleList } from './rule.ts'
import type { SecretCreate } from './secret.ts'

/** One secret of a configuration; never its value. What is absent stays as it is. */
export interface ConfigSecret
  extends Pick<SecretCreate, 'caps' | 'provider' | 'rotationDays' | 'scopes' | 'sourceName' | 'weak'> {
  /** Null takes the list away. */
  readonly rules?: RuleList | null
}

/** Body of `PUT /v1/config`. What it does not name stays as it is. */
export interface ConfigDefinition {
  /** By name. One without `sourceName` is in the vault already. */
  readonly secrets?: Readonly<Record<string, ConfigSecret>>
  /** The rule list of the project; null takes it away. */
  readonly rules?: RuleList | null
  /** All caps on the project. */
  readonly caps?: readonly Cap[]
  /** By name. */
  readonly profiles?: Readonly<Record<string, ProfileParts>>
}

/** Something that a configuration may name; rules and caps are those of the `project`. */
export interface ConfigEntry {
  readonly kind: 'secret' | 'rules' | 'caps' | 'profile'
  readonly name: string
}

/** Reply to `PUT /v1/config`. */
export interface ConfigReport {
  /** Nothing was changed; the rest says what would be. */
  readonly dryRun: boolean
  /** Of the configuration in JSON with sorted names, hex; the journal has it too. */
  readonly sha256: string
  readonly created: readonly ConfigEntry[]
  readonly changed: readonly ConfigEntry[]
  readonly unchanged: readonly ConfigEntry[]
  /** What there is beside the configuration. It stays. */
  readonly undeclared: readonly ConfigEntry[]
}
