import type { Scope } from '@coatcheck/contract'
import type { Source } from './source.ts'

/** Where a secret with a source may go: what of its scopes decides who gets the value. */
export type SourceReach = Pick<Scope, 'to' | 'pin' | 'roots' | 'allowPrivate'>

/** A source as the operator's configuration has it. */
export interface ConfiguredSource {
  readonly name: string
  /** The project whose secrets may have it. */
  readonly project: string
  readonly source: Source
  /** A secret with this source may have scopes within these, and no others. */
  readonly to: readonly SourceReach[]
  /** How long a value is used without asking again, in milliseconds. */
  readonly freshForMs: number
  /** How long the last good value is used while no other one can be fetched, in milliseconds since it was fetched. */
  readonly maxAgeMs: number
  /** Longest time that a fetch may take, in milliseconds. */
  readonly timeoutMs: number
}
