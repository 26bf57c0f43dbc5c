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
}

/** Body of `POST /v1/secrets`: a value, with a provider of the catalog or with scopes. */
export interface SecretCreate {
  readonly name: string
  readonly value: string
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
