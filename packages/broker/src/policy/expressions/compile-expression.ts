import { isCelError, parse, plan } from '@bufbuild/cel'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import type { Unreadable } from '../rules/fit.ts'
import { EvaluationBudget, EvaluationStopped } from './evaluation-budget.ts'
import type { Expression, ExpressionVariable } from './expression.ts'
import { readSyntax, type SyntaxFacts } from './expression-syntax.ts'
import { meteredEnvironment } from './metered-functions.ts'

/** Longest expression, in characters. */
const maxLength = 2_048
/** Brackets within each other at most; a parser that goes down by itself has no other limit. */
const maxDepth = 24
/** Characters of a request for one unit of what it costs to go through it. */
const textPerUnit = 16

/** Makes an expression ready; `fault` is what is wrong with it, for its writer. Throws nothing: what this module throws is of no class that others know. */
export function compileExpression(text: string): Expression | { readonly fault: string } {
  if (text.length > maxLength) return { fault: `it is longer than ${maxLength} characters` }
  if (depthOf(text) > maxDepth) return { fault: `more than ${maxDepth} brackets stand within each other` }
  const meter = { budget: new EvaluationBudget(), weight: 0 }
  const metered = meteredEnvironment(meter)
  let facts: SyntaxFacts
  let run: (values: Record<string, never>) => unknown
  try {
    const { expr } = parse(text)
    facts = readSyntax(expr)
    for (const name of facts.functions) if (!metered.knows(name)) throw new Error(`there is no function ${name}`)
    for (const pattern of facts.patterns) metered.addPattern(pattern)
    run = plan(metered.env, expr)
  } catch (error) {
    return { fault: reasonOf(error) }
  }
  return {
    variables: facts.variables as ReadonlySet<string> as ReadonlySet<ExpressionVariable>,
    names: facts.names,
    unguarded: [...facts.read].filter((field) => isReported(field, facts)),
    evaluate(values, length, budget) {
      meter.budget = budget
      meter.weight = 1 + length / textPerUnit
      try {
        budget.charge(1)
        return told(run(Object.assign(Object.create(null), values)))
      } catch (error) {
        return { unreadable: error instanceof EvaluationStopped ? error.message : notTold }
      }
    },
  }
}

const notTold = 'its expression cannot be evaluated'

/** SECURITY: an error is neither true nor false, and nothing but a truth value is one. */
function told(result: unknown): boolean | Unreadable {
  if (typeof result === 'boolean') return result
  if (!isCelError(result)) return { unreadable: 'its expression is neither true nor false' }
  if (result.cause instanceof EvaluationStopped) return { unreadable: result.cause.message }
  const [, field] = /^field not found: ([\w-]{1,64})$/.exec(result.message) ?? []
  return { unreadable: field === undefined ? notTold : `its expression reads \`${field}\`, which is not there` }
}

/** Variables always have their own fields; what lies in a request may not be there. */
function isReported(field: string, { guarded, read }: SyntaxFacts): boolean {
  if (!/^(?:body|headers|query)\./.test(field)) return false
  const isPrefix = [...read].some((other) => other.startsWith(`${field}.`))
  return !guarded.has(field) && !isPrefix
}

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError || !(error instanceof Error)) return 'it is nested too deeply'
  return maskCredentials(error.message)
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
}
