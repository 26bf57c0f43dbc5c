import type { RuleAction } from './rule-action.ts'

/** What becomes of a request that a rule matches. `ask`: somebody is asked whether it may go. */
export type RuleEffect = 'allow' | 'ask' | 'deny'

/** Kinds of JSON values. */
export type JsonType = 'array' | 'boolean' | 'null' | 'number' | 'object' | 'string'

/** A JSON value that a condition compares with. */
export type JsonScalar = string | number | boolean | null

/**
 * What a JSON body has to have at one place. `at` is a JSON pointer (RFC 6901); the empty one is the whole body. Exactly one of the
 * others is given.
 */
export interface BodyCondition {
  readonly at: string
  readonly equals?: JsonScalar
  /** One of these values. */
  readonly in?: readonly JsonScalar[]
  /** A number that is no greater. */
  readonly atMost?: number
  /** A number that is no smaller. */
  readonly atLeast?: number
  /** Text in which `*` stands for any characters. */
  readonly like?: string
  readonly type?: JsonType
  /** Whether there is anything. */
  readonly present?: boolean
  /** An object whose members all have one of these names. */
  readonly only?: readonly string[]
}

/** One line of a rule list: which requests it is about, and what becomes of them. What is absent matches everything. */
export interface Rule {
  /** For people; where absent, records say its place in the list, `rules[2]`. */
  readonly name?: string
  readonly effect: RuleEffect
  /** `GET` is `HEAD` too. Written out, if only as `any`, where the effect is `allow` or `ask`. */
  readonly methods?: readonly string[] | 'any'
  /**
   * Patterns of canonical paths: `*` is one segment, or what is left of one, `**` any number of segments. Written out as `methods` is.
   */
  readonly paths?: readonly string[] | 'any'
  /** Exact, or `*.suffix`. */
  readonly hosts?: readonly string[]
  /** Parameters by name, with their values; `*` in these stands for any characters. */
  readonly query?: Readonly<Record<string, string>>
  /** Header fields by name, with their values; `*` in these stands for any characters. */
  readonly headers?: Readonly<Record<string, string>>
  /** All of these conditions hold. */
  readonly body?: readonly BodyCondition[]
  /** What the request does, where method and path do not say it. */
  readonly action?: RuleAction
  /** A condition in CEL for what the others cannot say, such as `body.amount <= 100.0 && sandbox.labels.team == "pay"`. */
  readonly when?: string
  /** Who may decide; only with `ask`. */
  readonly approvers?: readonly string[]
}

/** Rules that the broker makes itself, from what the catalog knows of services. */
export type RulePreset = 'read-only' | 'no-admin' | 'no-money' | 'no-api-push'

/** Every `RulePreset`, in the order in which pages name them. */
export const rulePresets: readonly RulePreset[] = ['read-only', 'no-admin', 'no-money', 'no-api-push']

/**
 * What may be done with a secret, by one grant or by all, or in a project. A rule that denies wins over one that asks, which wins over
 * one that allows; `default` is for requests that no rule matches.
 */
export interface RuleList {
  readonly default: 'allow' | 'deny'
  readonly presets?: readonly RulePreset[]
  /** Nothing is refused by this list; the journal says of each request what it would have refused. */
  readonly dryRun?: boolean
  readonly rules: readonly Rule[]
}

/** Something about a list that lets more through than a reader may think, or less. */
export interface RuleFinding {
  /** Name of the rule; `default` or `presets` for what is no rule. */
  readonly rule: string
  readonly kind:
    | 'any-of-all'
    | 'allow-by-default'
    | 'broad-path'
    | 'credential'
    | 'dead-rule'
    | 'denied-sign-in'
    | 'dry-run'
    | 'every-method'
    | 'unguarded'
    | 'unguarded-field'
  /** One sentence for people. */
  readonly says: string
}

/** Reply to `POST /v1/rules/lint`. */
export interface RuleReview {
  readonly findings: readonly RuleFinding[]
}

/** Reply to `GET /v1/rules` and `PUT /v1/rules`: the list of the project; null where it has none. */
export interface ProjectRules {
  readonly rules: RuleList | null
}
