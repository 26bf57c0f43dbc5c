import type { Cap } from './cap.ts'
import type { RuleList } from './rule.ts'

/** One sandbox's right to use one secret. */
export interface GrantView {
  readonly id: string
  /** Environment variable that holds the placeholder. */
  readonly env: string
  /** Name of the secret; null for a value that lives in memory and dies with the sandbox. */
  readonly secret: string | null
  /** Destinations, as the scopes write them. */
  readonly to: readonly string[]
  readonly expiresAt: string | null
  /** What may be done with it; absent where the grant says nothing about that. */
  readonly rules?: RuleList
}

/** A grant in the list of all, with the sandbox that holds it. */
export interface ListedGrant extends GrantView {
  /** Id of the sandbox, or of the virtual key. */
  readonly sandbox: string
  readonly createdAt: string
}

/** Body of `PUT /v1/sandboxes/{id}/secrets/{ENV}`: a stored secret, or a value for a variable of a known provider. */
export interface GrantAttach {
  readonly secret?: string
  /** Lives in the broker's memory only, and dies with the sandbox. */
  readonly value?: string
  /** Ends the grant before its sandbox. */
  readonly ttlSeconds?: number
  /** What may be done with it, beside what the secret and the project say. */
  readonly rules?: RuleList
  /** How much may be done with this grant. */
  readonly caps?: readonly Cap[]
}

/** Reply to `PUT /v1/sandboxes/{id}/secrets/{ENV}`. */
export interface AttachedGrant {
  readonly grant: GrantView
  readonly placeholder: string
  /** The variables that new processes find it in: one, or two where clients sign with it. */
  readonly env: Readonly<Record<string, string>>
}

/** Parameters of `GET /v1/grants`; absent ones match everything. */
export interface GrantQuery {
  /** Name of a secret. */
  readonly secret?: string
  /** Id of a sandbox. */
  readonly sandbox?: string
  /** 1 to 1,000; 100 when absent. */
  readonly limit?: number
  readonly cursor?: string
}
