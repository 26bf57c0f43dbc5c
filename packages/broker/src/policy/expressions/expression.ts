import type { Unreadable } from '../rules/fit.ts'
import type { EvaluationBudget } from './evaluation-budget.ts'

/** A JSON value, or what has the same shape. */
export type ExpressionValue =
  | string
  | number
  | boolean
  | null
  | readonly ExpressionValue[]
  | ReadonlyMap<string, ExpressionValue>

/** What an expression may ask about, by name. */
export const expressionVariables = ['method', 'host', 'path', 'query', 'headers', 'body', 'sandbox', 'grants'] as const

/** Name of something that an expression may ask about. */
export type ExpressionVariable = (typeof expressionVariables)[number]

/** A condition in CEL, ready to be asked. */
export interface Expression {
  /** What it asks about. */
  readonly variables: ReadonlySet<ExpressionVariable>
  /** Texts and names of fields that stand in it. */
  readonly names: ReadonlySet<string>
  /** Fields, such as `body.amount`, that it reads without asking whether they are there. */
  readonly unguarded: readonly string[]
  /** `values` has what `variables` names, and `length` characters altogether. Never throws. */
  evaluate(
    values: Readonly<Partial<Record<ExpressionVariable, ExpressionValue>>>,
    length: number,
    budget: EvaluationBudget,
  ): boolean | Unreadable
}
