import type { Fit, Unreadable } from '../rules/fit.ts'
import type { NamedValue } from '../rules/named-values.ts'
import { parametersOf, spellName } from '../rules/named-values.ts'
import type { RuleRequest } from '../rules/rule-request.ts'
import { EvaluationBudget } from './evaluation-budget.ts'
import type { Expression, ExpressionValue, ExpressionVariable } from './expression.ts'
import { readBody } from './read-body-value.ts'

/** What a variable is of a request. */
type Read = { readonly value: ExpressionValue } | 'awaited' | Unreadable

/** SECURITY: many rules together may do no more than one. */
const budgets = new WeakMap<RuleRequest, EvaluationBudget>()

/**
 * Says whether an expression is true of a request. SECURITY: what two readers may take for different things is not told; and where it
 * forbids (`isLenient`), it is enough that it is true of one of the ways in which a service may read method and path.
 */
export function askExpression(expression: Expression, request: RuleRequest, isLenient: boolean): Fit {
  const values: Partial<Record<ExpressionVariable, ExpressionValue>> = {}
  let awaited = false
  if (request.isPartial === true && [...expression.variables].some((name) => !recorded.has(name))) return 'awaited'
  for (const variable of expression.variables) {
    const read = readers[variable](request, expression)
    if (read === 'awaited') awaited = true
    else if ('unreadable' in read) return read
    else values[variable] = read.value
  }
  if (awaited) return 'awaited'
  const budget = budgets.get(request) ?? new EvaluationBudget()
  budgets.set(request, budget)
  const length = lengthOf(expression, request)
  let fit: Fit = 'differs'
  for (const { method, path } of isLenient ? readingsOf(expression, request) : [request]) {
    const result = expression.evaluate({ ...values, method, path }, length, budget)
    if (result === true) return 'matches'
    if (result !== false) fit = result
  }
  return fit
}

/** What is known also of requests in the journal. */
const recorded: ReadonlySet<ExpressionVariable> = new Set(['method', 'host', 'path'])

function lengthOf({ variables }: Expression, { body, fields, path, query }: RuleRequest): number {
  const ofBody = variables.has('body') && typeof body === 'object' && 'bytes' in body ? body.bytes.length : 0
  const named = variables.has('headers') ? fields() : []
  return named.reduce((sum, { name, value }) => sum + name.length + value.length, path.length + query.length + ofBody)
}

function readingsOf({ variables }: Expression, request: RuleRequest): readonly { method: string; path: string }[] {
  const { method, path, readings } = request
  const methods = variables.has('method') ? new Set([method, method.toUpperCase()]) : [method]
  const paths = variables.has('path') ? new Set([path, ...readings.map((each) => `/${each.join('/')}`)]) : [path]
  return [...methods].flatMap((one) => [...paths].map((other) => ({ method: one, path: other })))
}

const readers: Readonly<Record<ExpressionVariable, (request: RuleRequest, expression: Expression) => Read>> = {
  method: ({ method }) => ({ value: method }),
  host: ({ host }) => ({ value: host }),
  path: ({ hidesDots, path }) => (hidesDots ? { unreadable: 'its path can be read in two ways' } : { value: path }),
  query: ({ query }, { names }) => readQuery(parametersOf(query), names),
  headers: ({ fields }, { names }) => readFields(fields(), names),
  body: ({ body }, { names }) => {
    if (body === 'awaited') return body
    if (body === 'none') return { value: null }
    return 'unreadable' in body ? body : readBody(body, names)
  },
  sandbox: ({ sender }) => {
    const known = sender?.()
    if (known === undefined) return { unreadable: 'nobody said which sandbox sends it' }
    const { labels, ...rest } = known.sandbox
    return { value: new Map<string, ExpressionValue>([...Object.entries(rest), ['labels', mapOf(labels)]]) }
  },
  grants: ({ sender }) => {
    const grants = sender?.().grants
    if (grants === undefined) return { unreadable: 'nobody said which grants it carries' }
    return grants === 'awaited' ? grants : { value: grants.map((grant) => mapOf({ ...grant })) }
  },
}

function readQuery(parameters: readonly NamedValue[], names: ReadonlySet<string>): Read {
  const spellings = new Map([...names].map((name) => [spellName(name), name]))
  const seen = new Set<string>()
  for (const { name } of parameters) {
    const key = spellName(name)
    if (seen.has(key)) return { unreadable: 'a parameter stands there twice, or in two spellings' }
    seen.add(key)
    if (!names.has(name) && key !== '' && spellings.has(key))
      return { unreadable: 'a parameter has another spelling than the rule' }
  }
  return { value: new Map(parameters.map(({ name, value }) => [name, value])) }
}

function readFields(fields: readonly NamedValue[], names: ReadonlySet<string>): Read {
  const asked = new Set([...names].map((name) => name.toLowerCase().replaceAll('_', '-')))
  const found = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, value } of fields) {
    const lower = name.toLowerCase()
    const key = lower.replaceAll('_', '-')
    if (asked.has(key) && (seen.has(key) || !names.has(lower)))
      return { unreadable: 'a header field stands there twice, or in another spelling than the rule' }
    seen.add(key)
    const before = found.get(lower)
    found.set(lower, before === undefined ? value : `${before}, ${value}`)
  }
  return { value: found }
}

function mapOf(record: Readonly<Record<string, string | null>>): ReadonlyMap<string, ExpressionValue> {
  return new Map(Object.entries(record))
}
