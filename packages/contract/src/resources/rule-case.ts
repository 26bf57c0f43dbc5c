import type { ExplainedRule } from './explanation.ts'
import type { RuleEffect } from './rule.ts'

/** A request that rules are tried on. */
export interface RuleCaseRequest {
  readonly method: string
  /** `http` or `https`, with the query. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A JSON body. */
  readonly body?: unknown
  /** A body as it is; its type is said in `headers`. */
  readonly text?: string
  /** For expressions. */
  readonly sandbox?: {
    readonly id?: string
    readonly name?: string
    readonly profile?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  /** What the request carries; presets ask for the provider. */
  readonly grants?: readonly { readonly env: string; readonly secret?: string; readonly provider?: string | null }[]
  /** Method, host and path alone are known, as of requests in the journal. */
  readonly partial?: boolean
}

/** A request, and what a rule list has to say of it. */
export interface RuleCase {
  readonly name?: string
  readonly request: RuleCaseRequest
  /** `deny` is also what cannot be told, since that refuses; `unknown` is for partial requests of which more would have to be known. */
  readonly expect: RuleEffect | 'unknown'
  /** Name of the rule that decides, or `default`. */
  readonly rule?: string
}

/** What a rule list said of a case. */
export interface RuleCaseResult {
  readonly name: string
  readonly passes: boolean
  readonly expected: RuleCase['expect']
  readonly outcome: RuleCase['expect']
  /** Rule that decided, or `default`; null where it was none. */
  readonly decidedBy: string | null
  /** Why it could not be told, or what else refused it; null where rules decided. */
  readonly reason: string | null
  /** Every rule that was looked at. */
  readonly rules: readonly ExplainedRule[]
}
