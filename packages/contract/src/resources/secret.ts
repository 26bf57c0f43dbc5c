import type { Scope } from './scope.ts'

/** A secret as every door shows it: everything but its value. */
export interface SecretView {
  readonly id: string
  readonly name: string
  readonly provider: string | null
  readonly scopes: readonly Scope[]
  readonly version: number
  /** True when the value is too short to be scrubbed from replies. */
  readonly weak: boolean
  readonly rotationDays: number | null
  readonly rotationDue: string | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly lastUsedAt: string | null
  /** What keeps it from being used, as far as the running broker found out: a service that no longer takes what is stored. */
  readonly problem?: 'sign_in_needed'
  /** Where its value comes from; absent where the vault holds it. */
  readonly source?: SourceState
}

/** What is known of a source. Never its value. */
export interface SourceState {
  readonly name: string
  /** `exec`, `vault` and so on; null where the configuration of this broker has no such source. */
  readonly kind: string | null
  /** When its present value was fetched; null where there is none. */
  readonly fetchedAt: string | null
  /** Until when that value is used if no other one can be fetched. */
  readonly usableUntil: string | null
  /** Why the last attempt failed; null where it did not. */
  readonly lastError: string | null
}

/** A source of the operator’s configuration, as every door shows it. */
export interface SourceView extends SourceState {
  /** Destinations of the scopes that a secret with this source may have. */
  readonly to: readonly string[]
}

/** Body of `POST /v1/secrets`: a value or the name of a configured source, with a provider of the catalog or with scopes. */
export interface SecretCreate {
  readonly name: string
  readonly value?: string
  /** Name of a source in the operator’s configuration, instead of a value. */
  readonly sourceName?: string
  readonly provider?: string
  readonly scopes?: readonly Scope[]
  readonly rotationDays?: number
  readonly weak?: boolean
}

/** Body of `PATCH /v1/secrets/{name}`. */
export interface SecretUpdate {
  /** All scopes of the secret from now on. */
  readonly scopes: readonly Scope[]
  /** The present value, which widening needs. */
  readonly value?: string
}
