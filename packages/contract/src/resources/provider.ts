import type { Scope } from './scope.ts'

/** A provider of the catalog, as `/v1/providers` shows it. */
export interface ProviderView {
  readonly id: string
  readonly name: string
  readonly category: string
  /** Environment variables that hold its secret. */
  readonly variables: readonly string[]
  readonly scopes: readonly Scope[]
}
